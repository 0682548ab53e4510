/** `agent-runner add <name>`: makes an agent from a template, and says what to do next. */
import { quoted } from '#blackboard/text/shell-word.ts';
import type { AgentOptions } from '#runner/agents/agent-template.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { Add } from '#runner/results/setup.ts';
import { commandLines, terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { paintFor } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'add',
  heading: 'To begin',
  about: 'add an agent from a template',
  arguments: [{ name: '<name>', about: 'a-z, 0-9 and "-", at most 40' }],
  options: [
    { flags: '--cwd <directory>', about: 'where it works (default: here)', completes: 'directory' },
    {
      flags: '--template <name>',
      about: 'worker, reviewer, tester, planner, watcher or one of yours (default: as the name, else worker)',
      completes: 'template',
    },
    { flags: '--model <model>', about: 'sonnet, opus, haiku … (default: as claude has it)' },
    {
      flags: '--effort <level>',
      about: 'low, medium, high, xhigh or max',
      completes: ['low', 'medium', 'high', 'xhigh', 'max'],
    },
    {
      flags: '--permission-mode <mode>',
      about: 'manual, plan, acceptEdits, dontAsk, auto or bypassPermissions',
      completes: ['manual', 'plan', 'acceptEdits', 'dontAsk', 'auto', 'bypassPermissions'],
    },
    { flags: '--allowed-tools <tools...>', about: 'tools it may use without asking, e.g. "Bash(npm test)" Edit' },
    { flags: '--disallowed-tools <tools...>', about: 'tools it may never use' },
    { flags: '--add-dir <directories...>', about: 'more directories it may read', completes: 'directory' },
    { flags: '--per-turn-usd <usd>', about: 'budget of one turn' },
    { flags: '--per-day-usd <usd>', about: 'budget of one day' },
  ],
  json: true,
  examples: [
    'agent-runner add reviewer --cwd ~/src/app',
    'agent-runner add nightly --template tester --permission-mode dontAsk --per-day-usd 3',
  ],
  exits: {
    65: 'the working directory is not there',
    73: 'the name is taken',
    77: 'its cwd or a directory of it contains the root; an agent or a session calls',
    78: 'what the template or an option says is wrong',
  },
};

export async function run(call: Call, name: string, options: AgentOptions & { template?: string }): Promise<void> {
  const { add } = await import('#runner/verbs/add.ts');
  const added = await add(await call.context(), {
    name,
    ...(options.template === undefined ? {} : { template: options.template }),
    options,
    cwd: process.cwd(),
  });
  warn(added);
  call.show(added, render);
}

function warn({ name, permissionMode, readsProject, definition }: Add): void {
  if (permissionMode === 'bypassPermissions')
    process.stderr.write(
      `${paintFor(process.stderr, process.env).red(
        `${name} runs with bypassPermissions: it may do whatever you may do on this machine, and is asked nothing.`,
      )}\n`,
    );
  if (readsProject)
    process.stderr.write(
      `${name} reads the settings of the project it works in: under claude -p nobody is asked whether that directory is trusted, and its .claude/settings.json may run commands as you (hooks), set variables and allow more tools.\n  Leave them out: settingSources: [user] in ${definition}\n`,
    );
}

function render({ name, template, cwd, inbox, definition, transcript, leavesOut }: Add): string {
  const columns = terminalColumns();
  const leftOut = `Its project's own settings and CLAUDE.md are not read (settingSources there; docs/permissions.md)\n`;
  const made =
    `Added ${name} (template ${template}), at work in ${cwd}\n` +
    `What it may do stands in ${definition}\n` +
    `${leavesOut ? leftOut : ''}\n`;
  const next = commandLines(
    [
      ['agent-runner start', 'unless it runs: it takes up new ones'],
      [`cp task.md ${quoted(inbox)}/`, 'any file is work'],
      [`tail -f ${quoted(transcript)}`],
    ],
    columns,
  );
  return `${wrapTo(made, columns)}Next:\n${next}`;
}
