/**
 * The final word on a message: one record, by its id, which anybody can look up. A message that was requeued has one for each life, none
 * of which is ever taken away, so that a step of a life that is over, however late, touches no word of the next one.
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
  /** The turn that decided; absent where no turn did (cancelled while waiting, expired). */
  turn?: number;
  /** Id of the reply, where there is one. */
  reply?: string;
  /** Why the reply could not be delivered. */
  undelivered?: string;
  /** Why it is dead. */
  reason?: string;
  /** Tool calls that the turn which decided was refused. */
  denials?: Denial[];
  costUsd?: number;
}

/** Which life of which message: its id, and how often it was requeued. */
export type Life = Pick<MessageName, 'id' | 'requeues'>;

/** `<id>`, and `<id>.r<k>` after the k-th requeue. */
export const outcomePath = (inbox: Inbox, { id, requeues }: Life): string =>
  join(inbox.outcomes, requeues === 0 ? id : `${id}.r${requeues}`);

/** Says that the life before is over: written before the letter goes back. */
export const requeuedPath = (inbox: Inbox, life: Life): string => `${outcomePath(inbox, life)}.requeued`;

/** Records the outcome of that life; the first one stands, and "exists" says that there was one. */
export const writeOutcome = (
  files: Files,
  inbox: Inbox,
  { requeues }: Pick<Life, 'requeues'>,
  outcome: Outcome,
): Promise<'written' | 'exists'> => writeRecord(files, outcomePath(inbox, { id: outcome.id, requeues }), outcome);

/** The outcome of that life, or null. */
export const outcomeOf = (files: Files, inbox: Inbox, life: Life): Promise<Outcome | null> =>
  readRecord<Outcome>(files, outcomePath(inbox, life));

/** The outcome of the message as it stands now, or null: a letter that was put back has none until it comes to its end again. */
export async function readOutcome(files: Files, inbox: Inbox, id: string): Promise<Outcome | null> {
  const first = await outcomeOf(files, inbox, { id, requeues: 0 });
  if (first && first.outcome !== 'dead') return first;
  const begun = await livesBegun(files, inbox, id);
  if (begun === 0) return first;
  const place = await locate(files, inbox, id);
  if (place) return outcomeOf(files, inbox, place.name);
  // Removed for good, or cleared away: its last word.
  for (let requeues = begun; requeues > 0; requeues--) {
    const last = await outcomeOf(files, inbox, { id, requeues });
    if (last) return last;
  }
  return first;
}

/** The life that the message is in, where it lies; in none that is known, the last that was begun. */
export const lifeOf = async (files: Files, inbox: Inbox, id: string, place: MessageLocation | null): Promise<Life> => ({
  id,
  requeues: place ? place.name.requeues : await livesBegun(files, inbox, id),
});

/** How many requeues were begun; the last of them may have died before its letter went back. */
async function livesBegun(files: Files, inbox: Inbox, id: string): Promise<number> {
  let requeues = 0;
  while (await files.facts(requeuedPath(inbox, { id, requeues: requeues + 1 }))) requeues++;
  return requeues;
}
