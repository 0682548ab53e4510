/** `agent-runner task add`: puts a task on the list. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { TaskListInput } from '#runner/verbs/tasks.ts';

export const command: Declaration = {
  words: 'task add',
  about: 'put a task on the list',
  arguments: [{ name: '<text>', about: 'what is to be done' }],
  options: [{ flags: '--topic <topic>', about: 'the list (default: tasks)' }],
  json: true,
  examples: [
    'agent-runner task add "the parser forgets the last line"',
    'agent-runner task add "tag it" --topic release',
  ],
  exits: { 64: 'nothing to do, or a wrong option' },
};

export async function run(call: Call, text: string, options: TaskListInput): Promise<void> {
  const { taskAdd } = await import('#runner/verbs/task-add.ts');
  const { taskName } = await import('#runner/cli/commands/tasks.ts');
  const task = await taskAdd(await call.context(), { ...options, text });
  call.show(task, () => `${taskName(task.key)}\n`);
}
