/** `agent-runner task done`: says that a task is done. */
import { taskName } from '#runner/cli/commands/tasks.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { TaskDoneInput } from '#runner/verbs/task-done.ts';

export const command: Declaration = {
  words: 'task done',
  about: 'say that a task is done, and what came of it',
  arguments: [
    { name: '<task>', about: 'as tasks shows it' },
    { name: '[result]', about: 'what came of it' },
  ],
  options: [{ flags: '--topic <topic>', about: 'the list (default: tasks)' }],
  json: true,
  examples: ['agent-runner task done 5f0c9e1b', 'agent-runner task done 5f0c9e1b "in commit 1f2e3d4"'],
  exits: {
    1: 'it is done already, or was changed just now',
    64: 'several tasks fit, or a wrong option',
    66: 'no such task',
    77: 'somebody else has taken it',
  },
};

export async function run(
  call: Call,
  task: string,
  result: string | undefined,
  options: Omit<TaskDoneInput, 'task' | 'result'>,
): Promise<void> {
  const { taskDone } = await import('#runner/verbs/task-done.ts');
  const done = await taskDone(await call.context(), { ...options, task, result });
  call.show(done, () => `${taskName(done.key)} is done\n`);
}
