/** Takes a task: a claim of its key. One of any number of callers has it. */
import { releaseClaim, takeClaim } from '#blackboard/claims/claiming.ts';
import type { TaskTake } from '#runner/results/claims.ts';
import { selfAsOwner, shownClaim, ttlOf } from '#runner/verbs/claimed-thing.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { type KnownTask, knownTasks, requireTask, type TaskListInput, topicOf } from '#runner/verbs/tasks.ts';

export interface TaskTakeInput extends TaskListInput {
  /** Its key or id, or a part of it; without it: the first that is open. */
  task?: string | undefined;
  ttl?: string | undefined;
}

/** Throws 64 for wrong input or what fits several tasks, 66 for no such task, 77 where too many claims stand. */
export async function taskTake(context: VerbContext, input: TaskTakeInput): Promise<TaskTake> {
  const topic = topicOf(input);
  const ttlMs = ttlOf(input.ttl);
  if (input.task !== undefined) return take(context, await requireTask(context, topic, input.task), topic, ttlMs);
  for (const known of await knownTasks(context, topic)) {
    const tried = known.task.state === 'open' ? await take(context, known, topic, ttlMs) : null;
    if (tried?.isTaken) return tried;
  }
  return { isTaken: false, task: null };
}

async function take(context: VerbContext, known: KnownTask, topic: string, ttlMs: number): Promise<TaskTake> {
  const { files, root } = context;
  if (known.task.state === 'done') return { isTaken: false, task: known.task };
  const self = await selfAsOwner(context);
  const nowMs = Date.now();
  const taken = await takeClaim(files, root, { thing: known.thing, ...self, ttlMs, nowMs });
  const { by, until } = await shownClaim(context, taken.claim, self.owner);
  if (taken.kind === 'lost') return { isTaken: false, task: { ...known.task, state: 'taken', by, until } };
  // It may have been done between the look and the claim.
  const now = (await knownTasks(context, topic)).find(({ task }) => task.key === known.task.key);
  if (now?.task.state !== 'done') return { isTaken: true, task: { ...known.task, state: 'taken', by, until } };
  await releaseClaim(files, root, { things: [known.thing], owner: self.owner, nowMs });
  return { isTaken: false, task: now.task };
}
