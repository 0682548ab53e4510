/**
 * A topic of the board as a task list: a task is an entry of the kind `task` under a key of its own; it is taken by a claim of that key,
 * and done when the newest value of the key begins with `done:`. There is nothing else on disk.
 */
import { type Entry, visibleBackward } from '#blackboard/board/entry.ts';
import { entriesBackward } from '#blackboard/board/history.ts';
import type { Claim, Thing } from '#blackboard/claims/claim.ts';
import { isSameThing } from '#blackboard/claims/claim.ts';
import { standingClaims } from '#blackboard/claims/claiming.ts';
import { boardLayout } from '#blackboard/layout.ts';
import { noSuchError, usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { idFits, isIdPart, shortId } from '#blackboard/system/short-id.ts';
import type { Task, Tasks } from '#runner/results/claims.ts';
import { wholeEntry } from '#runner/verbs/board.ts';
import { selfAsOwner, shownClaim } from '#runner/verbs/claimed-thing.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export interface TaskListInput {
  /** The topic; without it: `tasks`. */
  topic?: string | undefined;
}

/** A task with the entry that it is. */
export interface KnownTask {
  task: Task;
  entry: Entry;
  /** What is claimed to take it. */
  thing: Thing;
  claim: Claim | null;
}

/** Of the topic, in the order in which they were posted, those that are done at the places where they were done. Throws 64. */
export async function tasks(
  context: VerbContext,
  input: TaskListInput & { all?: boolean | undefined },
): Promise<Tasks> {
  const known = await knownTasks(context, topicOf(input));
  return known.map(({ task }) => task).filter(({ state }) => input.all || state !== 'done');
}

/** Throws 64. */
export function topicOf({ topic = 'tasks' }: TaskListInput): string {
  if (topic.trim() !== '' && topic.length <= limits.entryLabelCharsMax && !topic.includes('\n')) return topic;
  throw usageError(`expected --topic to be one line of 1 to ${limits.entryLabelCharsMax} characters`);
}

const DONE = /^done:/i;

export async function knownTasks(context: VerbContext, topic: string): Promise<KnownTask[]> {
  const { files, root } = context;
  const nowMs = Date.now();
  const entries: Entry[] = [];
  const isShown = visibleBackward(nowMs);
  for await (const entry of entriesBackward(files, boardLayout(root)))
    if (entry.topic === topic && entry.key !== undefined && isShown(entry)) entries.push(entry);
  const standing = await standingClaims(files, root, nowMs);
  const { owner } = await selfAsOwner(context);
  const known: KnownTask[] = [];
  for (const entry of entries.reverse()) {
    const isDone = DONE.test(entry.text);
    if (entry.kind !== 'task' && !isDone) continue;
    const thing: Thing = { kind: 'key', key: entry.key!, topic };
    const claim = isDone ? null : (standing.find(each => isSameThing(each.thing, thing)) ?? null);
    const shown = claim && (await shownClaim(context, claim, owner));
    const { id, text, from, at } = await wholeEntry(context, entry);
    const task: Task = {
      ...{ id, key: entry.key!, text, from, at },
      state: isDone ? 'done' : shown ? 'taken' : 'open',
      by: isDone ? from : (shown?.by ?? null),
      until: shown?.until ?? null,
    };
    known.push({ task, entry, thing, claim });
  }
  return known;
}

/** The one that was typed: its key, or the beginning or end of it or of its entry's id. Throws 64 if several fit, 66 for none. */
export async function requireTask(context: VerbContext, topic: string, typed: string): Promise<KnownTask> {
  const known = await knownTasks(context, topic);
  const exact = known.find(({ task }) => task.key === typed);
  if (exact) return exact;
  const part = typed.toLowerCase();
  const fitting = isIdPart(part) ? known.filter(({ task }) => idFits(task.id, part) || idFits(task.key, part)) : [];
  if (fitting.length === 1) return fitting[0]!;
  const shown = JSON.stringify(typed.slice(0, 60));
  if (fitting.length > 1)
    throw usageError(
      `${shown} fits several tasks: ${fitting.map(({ task }) => shortId(task.key)).join(', ')}`,
      'Write more of it.',
    );
  throw noSuchError(`there is no task ${shown} in the topic ${JSON.stringify(topic)}`, 'See: agent-runner tasks --all');
}
