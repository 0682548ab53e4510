/** `agent-runner tasks`: a topic of the board as a task list. */

import { shortId } from '#blackboard/system/short-id.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { Task } from '#runner/results/claims.ts';
import { terminalColumns } from '#runner/text/columns.ts';
import { instantText, table } from '#runner/text/terminal.ts';
import type { TaskListInput } from '#runner/verbs/tasks.ts';

export const command: Declaration = {
  words: 'tasks',
  heading: 'The board, and your own sessions',
  about: 'the tasks on the board: open, or taken and by whom',
  options: [
    { flags: '--topic <topic>', about: 'the list (default: tasks)' },
    { flags: '--all', about: 'those that are done, too' },
  ],
  json: true,
  examples: ['agent-runner tasks', 'agent-runner tasks --all --topic release'],
  exits: { 64: 'a wrong option' },
};

export async function run(call: Call, options: TaskListInput & { all?: boolean }): Promise<void> {
  const { tasks } = await import('#runner/verbs/tasks.ts');
  const listed = await tasks(await call.context(), options);
  call.show(listed, () =>
    listed.length === 0
      ? 'No task is open. Add one with: agent-runner task add "<text>"\n'
      : table(COLUMNS, listed.map(rowOf), terminalColumns()),
  );
}

const COLUMNS = [
  { head: 'TASK' },
  { head: 'STATE' },
  { head: 'BY', shrinks: true, leaves: 1 },
  { head: 'UNTIL', leaves: 2 },
  { head: 'WHAT', shrinks: true },
];

const rowOf = ({ key, state, by, until, text }: Task): string[] => [
  taskName(key),
  state,
  printableLine(by ?? ''),
  until === null ? '' : instantText(Date.parse(until), Date.now()),
  printableLine(text.replace(/^done:\s*/i, '')),
];

/** A task's key, short where it is an id of ours; one that somebody chose as it is. */
export const taskName = (key: string): string => (/^[0-9a-f-]{36}$/.test(key) ? shortId(key) : printableLine(key));
