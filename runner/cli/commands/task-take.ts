/** `agent-runner task take`: takes a task, so that nobody else does it. */
import { exitCode } from '#blackboard/system/errors.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import { taskName } from '#runner/cli/commands/tasks.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { Task } from '#runner/results/claims.ts';
import { instantText } from '#runner/text/terminal.ts';
import type { TaskTakeInput } from '#runner/verbs/task-take.ts';

export const command: Declaration = {
  words: 'task take',
  about: 'take a task: one of any number of callers has it',
  arguments: [{ name: '[task]', about: 'as tasks shows it; without it the first that is open' }],
  options: [
    { flags: '--ttl <duration>', about: 'it is open again after that: 30m, 2h, at most 7d (default: 30m)' },
    { flags: '--topic <topic>', about: 'the list (default: tasks)' },
  ],
  json: true,
  examples: ['agent-runner task take', 'agent-runner task take 5f0c9e1b --ttl 2h'],
  exits: {
    1: 'somebody has it, it is done, or no task is open',
    64: 'several tasks fit, or a wrong option',
    66: 'no such task',
  },
};

export async function run(call: Call, task: string | undefined, options: Omit<TaskTakeInput, 'task'>): Promise<number> {
  const { taskTake } = await import('#runner/verbs/task-take.ts');
  const result = await taskTake(await call.context(), { ...options, task });
  const { isTaken, task: told } = result;
  if (told === null) call.warn('no task is open');
  else if (!isTaken && told.state === 'done') call.warn(`it is done, by ${printableLine(told.by ?? '')}`);
  else if (!isTaken) call.warn(`${printableLine(told.by ?? '')} has taken it until ${told.until}`);
  call.show(result, () => (isTaken && told ? takenText(told) : ''));
  return isTaken ? exitCode.ok : exitCode.no;
}

function takenText({ key, text, until }: Task): string {
  const name = taskName(key);
  const till = until === null ? '' : ` until ${instantText(Date.parse(until), Date.now())}`;
  return `${name} ${printableLine(text)}\nIt is yours${till}. When it is done:\n  agent-runner task done ${name}\n`;
}
