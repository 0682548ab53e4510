/** Puts a task on the list: an entry of the kind `task` under a key of its own. */
import { postEntry } from '#blackboard/board/post.ts';
import { usageError } from '#blackboard/system/errors.ts';
import { newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { callerOf } from '#runner/agents/caller.ts';
import type { Task } from '#runner/results/claims.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { type TaskListInput, topicOf } from '#runner/verbs/tasks.ts';

export interface TaskAddInput extends TaskListInput {
  text: string;
}

/** Throws 64 for nothing to do, 65 for what is too long. */
export async function taskAdd({ files, root, env }: VerbContext, input: TaskAddInput): Promise<Task> {
  const { text } = input;
  const topic = topicOf(input);
  if (text.trim() === '' || /^done:/i.test(text) || text.length > limits.entryHeadCharsMax)
    throw usageError(
      `expected a task of 1 to ${limits.entryHeadCharsMax} characters that does not begin with "done:"`,
      'A longer one: post it, and name its id in the task.',
    );
  const nowMs = Date.now();
  const id = newId(nowMs);
  const from = (await callerOf(files, root, env)).peer;
  const at = new Date(nowMs).toISOString();
  const entry = { id, at, from, kind: 'task' as const, text, topic, key: id };
  // Nobody else can have the key.
  await postEntry(files, root, entry, { self: selfIdentity(), nowMs });
  return { id, key: id, text, state: 'open', by: null, until: null, from, at };
}
