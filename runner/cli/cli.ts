/** The command line: names and options here, each command in its own module, loaded when it is called. main.ts runs it. */
import { Command, Option } from 'commander';
import { canBeWrittenDown } from '#blackboard/system/clock.ts';
import { configurationError } from '#blackboard/system/errors.ts';
import { addExamples } from '#runner/cli/terminal/command-examples.ts';
import { commandTree } from '#runner/cli/terminal/command-tree.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { groupCommands } from '#runner/cli/terminal/help-groups.ts';
import { helpLayout } from '#runner/cli/terminal/help-layout.ts';
import { textHint, unmarked } from '#runner/text/typed-text.ts';

export const program = new Command('agent-runner')
  .description('Supervised headless Claude Code agents, fed by files dropped into inboxes.')
  .option('-V, --version', 'print the version, and that of the claude it would run')
  .option('--root <directory>', 'the state directory (default: $AGENT_RUNNER_HOME, else ~/.agent-runner)')
  .enablePositionalOptions()
  .configureHelp(helpLayout)
  .configureOutput({
    outputError: (text, write) =>
      write(`${text.replace(/^error: /, 'agent-runner: ')}${textHint(text, process.argv.slice(2))}`),
  })
  .exitOverride();

const json = () => new Option('--json', 'print JSON');

/** Runs a command's module with what was parsed; `load` keeps its imports out of every other command's start. */
function run<A extends unknown[]>(load: () => Promise<{ run(global: GlobalOptions, ...rest: A): Promise<number> }>) {
  return async (...args: unknown[]) => {
    const command = args.at(-1) as Command;
    for (const [name, value] of Object.entries(command.opts())) command.setOptionValue(name, unmarked(value));
    command.args = unmarked(command.args);
    const rest = args.slice(0, -1).map(unmarked) as A;
    if (command.args.length > command.registeredArguments.length)
      (await import('#runner/cli/terminal/stray-words.ts')).refuseStrayWords(command);
    if (!canBeWrittenDown(Date.now()))
      throw configurationError(
        `this machine's clock is before 1970 or beyond the year 9999 (Unix milliseconds: ${Date.now()})`,
        'Set it: what is written down under such a time could not be read back.',
      );
    const module = await load();
    process.exitCode = await module.run(command.optsWithGlobals() as GlobalOptions, ...rest);
  };
}

program
  .command('init')
  .description('make the root (0700) and say what to do next')
  .option('--force-filesystem', 'although it lacks hard links or lies on a network')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/init.ts')));

program
  .command('add')
  .description('add an agent from a template')
  .argument('<name>', 'a-z, 0-9 and "-", at most 40')
  .option('--cwd <directory>', 'where it works (default: here)')
  .option(
    '--template <name>',
    'worker, reviewer, tester, planner, watcher or one of yours (default: as the name, else worker)',
  )
  .option('--model <model>', 'sonnet, opus, haiku … (default: as claude has it)')
  .option('--effort <level>', 'low, medium, high, xhigh or max')
  .option('--permission-mode <mode>', 'manual, plan, acceptEdits, dontAsk, auto or bypassPermissions')
  .option('--allowed-tools <tools...>', 'tools it may use without asking, e.g. "Bash(npm test)" Edit')
  .option('--disallowed-tools <tools...>', 'tools it may never use')
  .option('--add-dir <directories...>', 'more directories it may read')
  .option('--per-turn-usd <usd>', 'budget of one turn')
  .option('--per-day-usd <usd>', 'budget of one day')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/add.ts')));

program
  .command('start')
  .description('run the agents, in the foreground; 75 if they run already')
  .argument('[name...]', 'only these (default: all, and those that come)')
  .option('--once', 'work until the inboxes are empty, then exit; 1 if something was skipped')
  .option('--detach', 'in the background; returns when it watches')
  .option('--log <file>', 'write what it says into this file (with --detach: logs/runner.log in the root)')
  .option('--quiet', 'say nothing of turns, only of troubles')
  .addOption(new Option('--json', 'with --detach: print JSON'))
  .action(run(() => import('#runner/cli/commands/start.ts')));

program
  .command('send')
  .description('send a message; prints its id')
  .argument('<peer>')
  .argument('[text]', 'the message; "-" reads it from stdin')
  .option('--file <path...>', 'attach a file')
  .option('--kind <kind>', 'request, question, status, done or note', 'request')
  .option('--thread <name>', 'messages of one thread may share a turn')
  .option('--subject <text>', 'shown in lists and to the agent')
  .option('--priority <level>', 'high, normal or low')
  .option('--id <key>', 'idempotency key: the same key is one message, however often it is sent')
  .option('--from <peer>', 'send in the name of this peer')
  .option('--wait <seconds>', 'wait for the reply and print it')
  .option('--no-wake', 'a session that is idle is left so, and hears of it at its next prompt')
  .option('--not-before <when>', 'held until then: 18:30, "tomorrow 09:00", +2h, 2026-11-21T09:00')
  .option('--expires <when>', 'dead (and you are told) if it is not begun by then')
  .allowExcessArguments()
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/send.ts')));

program
  .command('at')
  .description('send a message that is held until a time; prints its id')
  .argument('<when>', '18:30 (tomorrow, if that has passed), "tomorrow 09:00", +2h, 2026-11-21T09:00; local time')
  .argument('<peer>')
  .argument('[text]', 'the message; "-" reads it from stdin')
  .option('--file <path...>', 'attach a file')
  .option('--kind <kind>', 'request, question, status, done or note', 'request')
  .option('--thread <name>', 'messages of one thread may share a turn')
  .option('--subject <text>', 'shown in lists and to the agent')
  .option('--priority <level>', 'high, normal or low')
  .option('--id <key>', 'idempotency key: the same key is one message, however often it is sent')
  .option('--from <peer>', 'send in the name of this peer')
  .option('--expires <when>', 'dead (and you are told) if it is not begun by then')
  .allowExcessArguments()
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/at.ts')));

program
  .command('ask')
  .description('send, wait, print the reply; exit 75 on time-out, 1 if the turn failed')
  .argument('<peer>')
  .argument('[text]', 'the question; "-" reads it from stdin')
  .option('--timeout <seconds>', 'how long to wait', '600')
  .option('--file <path...>', 'attach a file')
  .option('--thread <name>', 'messages of one thread may share a turn')
  .option('--from <peer>', 'ask in the name of this peer')
  .allowExcessArguments()
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/ask.ts')));

program
  .command('list')
  .description('the agents: state, waiting messages, what they cost today')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/list.ts')));

program
  .command('status')
  .description('one agent or session, in full; exit 1 if it does not run or is parked')
  .argument('<name>')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/status.ts')));

program
  .command('trace')
  .description("a message's outcome: queued, claimed, started, ended, replied | failed | dead")
  .argument('<message-id>')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/trace.ts')));

program
  .command('inbox')
  .description('what lies in an inbox (default: yours, the operator’s)')
  .argument('[peer]')
  .option('--all', 'go on with what was read last')
  .option('--ack', 'move what is unread to done')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/inbox.ts')));

program
  .command('read')
  .description('a message in full')
  .argument('<message-id>')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/read.ts')));

program
  .command('ack')
  .description('move messages that you have read to done')
  .argument('<message-id...>')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/ack.ts')));

program
  .command('tail')
  .description('follow the transcript of an agent')
  .argument('<name>')
  .option('-n, --lines <count>', 'lines to begin with', '20')
  .action(run(() => import('#runner/cli/commands/tail.ts')));

program
  .command('stop')
  .description('stop agents after their turn (default: the runner, and so all of them)')
  .argument('[name...]')
  .option('--now', 'do not wait for the turns that run')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/stop.ts')));

program
  .command('resume')
  .description('un-park an agent (default: all), and take back a stop or a pause')
  .argument('[name]')
  .option('--raise <usd>', 'allow so much more today (without a name: for all agents together)')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/resume.ts')));

program
  .command('pause')
  .description('no new turns (default: of any agent), until resume; turns that run go on')
  .argument('[name]')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/pause.ts')));

program
  .command('remove')
  .description('take an agent out of the root; everything of it is kept in removed/')
  .argument('<name>')
  .option('--force', 'although messages wait: they go to dead, and their senders are told')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/remove.ts')));

program
  .command('edit')
  .description('change an agent.md in $VISUAL or $EDITOR; what was there stays until the new one is valid')
  .argument('<name>')
  .action(run(() => import('#runner/cli/commands/edit.ts')));

program
  .command('peek')
  .description('what an agent was asked last, and what it answered')
  .argument('<name>')
  .argument('[count]', 'turns to show', '1')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/peek.ts')));

program
  .command('logs')
  .description('what the runner said (start --detach, service); of one agent, if it is named')
  .argument('[name]')
  .option('-n, --lines <count>', 'lines to begin with', '50')
  .option('--follow', 'go on printing what comes')
  .option('--log <file>', 'another log than that of start --detach')
  .action(run(() => import('#runner/cli/commands/logs.ts')));

program
  .command('costs')
  .description('what turns have cost, as claude reports it')
  .option('--by <what>', 'agent or day', 'agent')
  .option('--days <count>', 'today and the days before it', '30')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/costs.ts')));

program
  .command('doctor')
  .description('try everything agents need here, and say what mends what is wrong; exit 1 with findings')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/doctor.ts')));

program
  .command('cancel')
  .description("cancel an agent's turn, or a message; they end dead (cancelled)")
  .argument('<agent-or-message-id>')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/cancel.ts')));

program
  .command('notify')
  .description('start a turn of a peer now; carries no text. Exit 0 confirmed or queued, 69 unavailable, 77 refused')
  .argument('[peer]', 'an agent or a session, by its name or by (an end of) its id')
  .option('--agent <name>', 'an agent')
  .option('--session-id <uuid>', 'an interactive session, as list --json names it')
  .option('--all', 'everybody who can be notified')
  .option('--type <type>', 'wake or file_changed', 'wake')
  .option('--path <file>', 'the file that has changed; it must lie where the peer works')
  .option('--wait <seconds>', 'wait for the proof that a turn has started')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/notify.ts')));

program
  .command('signals')
  .description('switch all signals off, at once, or on again')
  .argument('<off|on>')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/signals.ts')));

const dead = program.command('dead').description('dead letters: what could not be worked on, with the reason');
dead
  .command('list', { isDefault: true })
  .description('all dead letters')
  .argument('[peer]')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/dead-list.ts')));
dead
  .command('show')
  .description('a dead letter and its reason')
  .argument('<message-id>')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/dead-show.ts')));
dead
  .command('requeue')
  .description('put a dead letter back into its inbox')
  .argument('<message-id>')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/dead-requeue.ts')));

dead
  .command('purge')
  .description('remove dead letters for good: one, those of a peer, or old ones')
  .argument('[message-id-or-peer]')
  .option('--older-than <duration>', 'only those that died longer ago: 12h, 30d')
  .option('--all', 'all of them')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/dead-purge.ts')));

program
  .command('demo')
  .description('two agents at work in a scratch directory: real claude, no account, nothing leaves this machine')
  .option('--keep', 'keep the scratch directory')
  .action(run(() => import('#runner/cli/commands/demo.ts')));

program
  .command('post')
  .description('put an entry on the board: every agent and session sees it at its next turn')
  .argument('[text]', 'what to say; "-" reads it from stdin')
  .option('--kind <kind>', 'note, task, question, status, alert or artifact', 'note')
  .option('--topic <topic>', 'what it is about; an agent may wake on it')
  .option('--key <key>', 'the newest value of a key replaces the older ones')
  .option('--ttl <duration>', 'not shown any more after that: 90s, 15m, 2h, 7d')
  .option('--ref <path>', 'a file or address that it is about')
  .allowExcessArguments()
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/post.ts')));

program
  .command('board')
  .description('what was posted (default: the last 20 entries)')
  .option('--since <when>', 'a duration (1h), an entry’s id, or a place on the board (1:2345)')
  .option('--topic <topic>', 'only of this topic')
  .option('--key <key>', 'only of this key')
  .option('--follow', 'go on printing what comes')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/board.ts')));

program
  .command('reply')
  .description('answer a message that you got')
  .argument('<message-id>')
  .argument('[text]', 'the answer; "-" reads it from stdin')
  .allowExcessArguments()
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/reply.ts')));

program
  .command('rename')
  .description('give a session another name (default: the one this is called from)')
  .argument('<session-or-new-name>')
  .argument('[new-name]')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/rename.ts')));

const hooks = program.command('hooks').description('the hooks that tell your interactive sessions what is new');
const scopes = (command: Command) =>
  command
    .option('--user', 'in your own settings (default)')
    .option('--project', 'in .claude/settings.json of this directory')
    .option('--local', 'in .claude/settings.local.json of this directory');
scopes(hooks.command('install').description('put them into a settings.json; touches nothing else in it'))
  .option('--deliver-on-stop', 'unread messages continue a turn that is about to stop, once')
  .option('--dry-run', 'print what would change')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/hooks-install.ts')));
scopes(hooks.command('uninstall').description('take them out again'))
  .option('--dry-run', 'print what would change')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/hooks-uninstall.ts')));
hooks
  .command('plugin')
  .description('print the directory of the plugin: another way to install them')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/hooks-plugin.ts')));
hooks
  .command('status', { isDefault: true })
  .description('where they are installed, and whether they would run; exit 1 if not')
  .allowExcessArguments()
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/hooks-status.ts')));

const templates = program
  .command('templates')
  .description('what agents are made from: ours, and yours in templates/ of the root');
templates
  .command('list', { isDefault: true })
  .description('all of them')
  .allowExcessArguments()
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/templates-list.ts')));
templates
  .command('show')
  .description('print one, as it would become an agent.md')
  .argument('<template>')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/templates-show.ts')));

const service = program.command('service').description('the agents as a service of yours: systemd (--user) or launchd');
service
  .command('install')
  .description('run them now and from every login on; returns when they are watched')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/service-install.ts')));
service
  .command('uninstall')
  .description('end the service and take its unit away')
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/service-uninstall.ts')));
service
  .command('status', { isDefault: true })
  .description('whether it is installed and runs; exit 1 if not')
  .allowExcessArguments()
  .addOption(json())
  .action(run(() => import('#runner/cli/commands/service-status.ts')));
service
  .command('print')
  .description('print the unit that would be installed')
  .option('--for <manager>', 'systemd or launchd (default: what this machine has)')
  .action(run(() => import('#runner/cli/commands/service-print.ts')));

program
  .command('completion')
  .description('print what makes your shell complete commands, options and names')
  .argument('<shell>', 'bash, zsh or fish')
  .action(
    run(async () => {
      const completion = await import('#runner/cli/commands/completion.ts');
      return { run: (_global, shell: string) => completion.run(shell, commandTree(program)) };
    }),
  );

groupCommands(program);
addExamples(program);
