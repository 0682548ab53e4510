/**
 * The final word on a message: one record by its id, which anybody can look up. A requeued message has one for each
 * life. None of them is ever removed, so a late step of a finished life cannot touch the outcome of the next one.
 */
import { join } from 'node:path';
import { locate, type MessageLocation } from '#blackboard/inbox/locate.ts';
import type { Inbox } from '#blackboard/layout.ts';
import type { Denial } from '#blackboard/messages/denials.ts';
import type { MessageName } from '#blackboard/messages/message-name.ts';
import type { Files } from '#blackboard/system/files.ts';
import { readRecord, writeRecord } from '#blackboard/system/record.ts';

export interface Outcome {
  id: string;
  /** replied: answered, the reply delivered unless `undelivered` says why not · done: nothing was asked · dead: given up. */
  outcome: 'replied' | 'done' | 'dead';
  at: string;
  /** The turn that decided; absent if no turn did (cancelled while waiting, expired). */
  turn?: number;
  /** Id of the reply, if there is one. */
  reply?: string;
  /** Why the reply could not be delivered. */
  undelivered?: string;
  /** Why it is dead. */
  reason?: string;
  /** Tool calls that were denied in the turn that decided. */
  denials?: Denial[];
  costUsd?: number;
}

/** Which life of which message: its id, and how often it was requeued. */
export type Life = Pick<MessageName, 'id' | 'requeues'>;

/** `<id>`, and `<id>.r<k>` after the k-th requeue. */
export const outcomePath = (inbox: Inbox, { id, requeues }: Life): string =>
  join(inbox.outcomes, requeues === 0 ? id : `${id}.r${requeues}`);

/** Says that the previous life is over: written before the message goes back. */
export const requeuedPath = (inbox: Inbox, life: Life): string => `${outcomePath(inbox, life)}.requeued`;

/** Records the outcome of that life. The first one counts; "exists": there was one already. */
export const writeOutcome = (
  files: Files,
  inbox: Inbox,
  { requeues }: Pick<Life, 'requeues'>,
  outcome: Outcome,
): Promise<'written' | 'exists'> => writeRecord(files, outcomePath(inbox, { id: outcome.id, requeues }), outcome);

/** The outcome of that life, or null. */
export const outcomeOf = (files: Files, inbox: Inbox, life: Life): Promise<Outcome | null> =>
  readRecord<Outcome>(files, outcomePath(inbox, life));

/** The message's current outcome, or null: a requeued message has none until its new life ends. */
export async function readOutcome(files: Files, inbox: Inbox, id: string): Promise<Outcome | null> {
  const first = await outcomeOf(files, inbox, { id, requeues: 0 });
  if (first && first.outcome !== 'dead') return first;
  const begun = await livesBegun(files, inbox, id);
  if (begun === 0) return first;
  const place = await locate(files, inbox, id);
  if (place) return outcomeOf(files, inbox, place.name);
  // Removed for good, or after its retention: its last outcome.
  for (let requeues = begun; requeues > 0; requeues--) {
    const last = await outcomeOf(files, inbox, { id, requeues });
    if (last) return last;
  }
  return first;
}

/** The message's current life, from the name of its file; if that is unknown, the last life that was begun. */
export const lifeOf = async (files: Files, inbox: Inbox, id: string, place: MessageLocation | null): Promise<Life> => ({
  id,
  requeues: place ? place.name.requeues : await livesBegun(files, inbox, id),
});

/** How many requeues were begun; the last one may have been interrupted before the message went back. */
async function livesBegun(files: Files, inbox: Inbox, id: string): Promise<number> {
  let requeues = 0;
  while (await files.facts(requeuedPath(inbox, { id, requeues: requeues + 1 }))) requeues++;
  return requeues;
}
