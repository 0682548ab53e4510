/** Two examples for the help of each command, by its words. A test parses each of them. */
import type { Command } from 'commander';
import { columnsOf, terminalColumns } from '#runner/text/columns.ts';

const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  '': ['agent-runner list', 'agent-runner send reviewer "review the last commit"'],
  ack: ['agent-runner ack 5f0c9e1b', 'agent-runner ack 5f0c9e1b 77ad20c4 --json'],
  add: [
    'agent-runner add reviewer --cwd ~/src/app',
    'agent-runner add nightly --template tester --permission-mode dontAsk --per-day-usd 3',
  ],
  ask: ['agent-runner ask reviewer "what does src/a.ts do?"', 'git diff | agent-runner ask reviewer - --timeout 120'],
  at: ['agent-runner at 18:30 tester "run the long tests"', 'agent-runner at "tomorrow 09:00" planner - < plan.md'],
  board: ['agent-runner board --since 1h', 'agent-runner board --topic release --follow'],
  cancel: ['agent-runner cancel reviewer', 'agent-runner cancel 5f0c9e1b'],
  completion: ['source <(agent-runner completion bash)', 'agent-runner completion fish | source'],
  costs: ['agent-runner costs', 'agent-runner costs --by day --days 7 --json'],
  dead: ['agent-runner dead', 'agent-runner dead show 5f0c9e1b'],
  'dead list': ['agent-runner dead list', 'agent-runner dead list reviewer --json'],
  'dead purge': ['agent-runner dead purge 5f0c9e1b', 'agent-runner dead purge reviewer --older-than 30d'],
  'dead requeue': ['agent-runner dead requeue 5f0c9e1b', 'agent-runner dead requeue 5f0c9e1b --json'],
  'dead show': ['agent-runner dead show 5f0c9e1b', 'agent-runner dead show 5f0c9e1b --json'],
  demo: ['agent-runner demo', 'agent-runner demo --keep'],
  doctor: ['agent-runner doctor', 'agent-runner doctor --json'],
  edit: ['agent-runner edit reviewer', 'EDITOR="code --wait" agent-runner edit reviewer'],
  hooks: ['agent-runner hooks', 'agent-runner hooks install'],
  'hooks install': ['agent-runner hooks install', 'agent-runner hooks install --project --dry-run'],
  'hooks status': ['agent-runner hooks status', 'agent-runner hooks status --json'],
  'hooks uninstall': ['agent-runner hooks uninstall', 'agent-runner hooks uninstall --project'],
  inbox: ['agent-runner inbox', 'agent-runner inbox --all --json'],
  init: ['agent-runner init', 'agent-runner --root /srv/agents init'],
  list: ['agent-runner list', 'agent-runner list --json'],
  logs: ['agent-runner logs --follow', 'agent-runner logs reviewer -n 200'],
  notify: ['agent-runner notify reviewer', 'agent-runner notify --all --type wake --wait 5'],
  pause: ['agent-runner pause reviewer', 'agent-runner pause'],
  peek: ['agent-runner peek reviewer', 'agent-runner peek reviewer 3 --json'],
  post: ['agent-runner post "the build is green again" --topic build', 'agent-runner post --key freeze "until 18:00"'],
  read: ['agent-runner read 5f0c9e1b', 'agent-runner read 5f0c9e1b --json'],
  remove: ['agent-runner remove reviewer', 'agent-runner remove reviewer --force'],
  'hooks plugin': ['agent-runner hooks plugin', 'claude --plugin-dir "$(agent-runner hooks plugin)"'],
  rename: ['agent-runner rename app-main', 'agent-runner rename app-main app-review'],
  reply: ['agent-runner reply 5f0c9e1b "yes, go on"', 'agent-runner reply 5f0c9e1b - < answer.md'],
  resume: ['agent-runner resume reviewer', 'agent-runner resume reviewer --raise 5'],
  send: [
    'agent-runner send reviewer "review the last commit"',
    'agent-runner send reviewer --file report.pdf --id weekly-47 "read this"',
  ],
  service: ['agent-runner service', 'agent-runner service install'],
  'service install': ['agent-runner service install', 'agent-runner --root /srv/agents service install'],
  'service print': ['agent-runner service print', 'agent-runner service print --for launchd'],
  'service status': ['agent-runner service status', 'agent-runner service status --json'],
  'service uninstall': ['agent-runner service uninstall', 'agent-runner --root /srv/agents service uninstall'],
  signals: ['agent-runner signals off', 'agent-runner signals on'],
  start: ['agent-runner start --detach', 'agent-runner start reviewer tester --once'],
  status: ['agent-runner status reviewer', 'agent-runner status reviewer --json'],
  stop: ['agent-runner stop', 'agent-runner stop reviewer --now'],
  tail: ['agent-runner tail reviewer', 'agent-runner tail reviewer -n 200'],
  templates: ['agent-runner templates', 'agent-runner templates show reviewer'],
  'templates list': ['agent-runner templates list', 'agent-runner templates list --json'],
  'templates show': [
    'agent-runner templates show reviewer',
    'agent-runner templates show tester > ~/.agent-runner/templates/mine.md',
  ],
  trace: ['agent-runner trace 5f0c9e1b', 'agent-runner trace 5f0c9e1b --json'],
};

/** The examples of a command; empty for one that has none. */
export const examplesOf = (path: readonly string[]): readonly string[] => EXAMPLES[path.join(' ')] ?? [];

/** Puts the examples at the end of each command's help, and says where that is when a call was wrong. */
export function addExamples(command: Command, path: readonly string[] = []): void {
  const examples = examplesOf(path);
  if (examples.length > 0)
    command.addHelpText('after', () => {
      const columns = terminalColumns();
      return `\nExamples:\n${examples.map(each => `${exampleTo(each, columns)}\n`).join('')}`.trimEnd();
    });
  command.showHelpAfterError(`  See what it takes with: ${['agent-runner', ...path].join(' ')} --help`);
  for (const child of command.commands) addExamples(child, [...path, child.name()]);
}

/** One that is longer than the terminal goes on behind a backslash, so that it can be copied as it stands. */
export function exampleTo(example: string, columnsMax: number | null): string {
  const words = example.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
  let line = ' ';
  let shown = '';
  for (const word of words) {
    if (columnsMax !== null && line.trim() !== '' && columnsOf(`${line} ${word} \\`) > columnsMax) {
      shown += `${line} \\\n`;
      line = '     ';
    }
    line += ` ${word}`;
  }
  return shown + line;
}
