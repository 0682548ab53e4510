/** Says that a task is done: a new value of its key, which begins with `done:`, in place of the one that was seen. Ends its claim. */
import { compareAndSet } from '#blackboard/board/compare-and-set.ts';
import { releaseClaim } from '#blackboard/claims/claiming.ts';
import { isOwn } from '#blackboard/claims/owners.ts';
import { notSoError, refusedError } from '#blackboard/system/errors.ts';
import { newId } from '#blackboard/system/ids.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Task } from '#runner/results/claims.ts';
import { selfAsOwner } from '#runner/verbs/claimed-thing.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { requireTask, type TaskListInput, topicOf } from '#runner/verbs/tasks.ts';

export interface TaskDoneInput extends TaskListInput {
  /** Its key or id, or a part of it. */
  task: string;
  /** What came of it. */
  result?: string | undefined;
}

/**
 * Throws 1 where it is done already or was changed meanwhile, 64 for what fits several tasks, 66 for no such task, 77 where
 * somebody else has taken it and no person calls.
 */
export async function taskDone(context: VerbContext, input: TaskDoneInput): Promise<Task> {
  const { files, root } = context;
  const topic = topicOf(input);
  const { task, entry, thing, claim } = await requireTask(context, topic, input.task);
  if (task.state === 'done') throw notSoError(`it is done already, by ${printableLine(task.from)}`);
  const { owner, peer } = await selfAsOwner(context);
  if (claim && owner.kind !== 'operator' && !(await isOwn(files, root, claim, owner)))
    throw refusedError(
      `${task.by} has taken it until ${task.until}`,
      `Ask: agent-runner send ${task.by} "…", or wait until then.`,
    );
  const nowMs = Date.now();
  const said = `done: ${task.text}${input.result === undefined ? '' : `\n${input.result}`}`;
  const done = {
    ...{ id: newId(nowMs), at: new Date(nowMs).toISOString(), from: peer },
    ...{ kind: 'status' as const, text: said, topic, key: task.key },
  };
  const self = { self: selfIdentity(), nowMs };
  const swap = await compareAndSet(files, root, done, current => current?.id === entry.id, self);
  if (swap.kind === 'lost') throw notSoError('somebody else has changed it just now', 'See: agent-runner tasks --all');
  await releaseClaim(files, root, { things: [thing], owner, nowMs });
  const { id, at } = swap.entry;
  return { id, key: task.key, text: said, state: 'done', by: peer, until: null, from: peer, at };
}
