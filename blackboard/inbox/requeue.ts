/** Requeueing: a dead letter goes back to new and begins another life, with an outcome of its own. */
import { join } from 'node:path';
import { REASON_SUFFIX } from '#blackboard/inbox/bury.ts';
import { type Life, type Outcome, outcomeOf, requeuedPath } from '#blackboard/inbox/outcome.ts';
import { relocate } from '#blackboard/inbox/relocate.ts';
import type { Inbox } from '#blackboard/layout.ts';
import { formatMessageName, type MessageName } from '#blackboard/messages/message-name.ts';
import type { Files } from '#blackboard/system/files.ts';
import { readRecord, writeRecord } from '#blackboard/system/record.ts';

/** Who put it back, and when: `outcomes/<id>.r<k>.requeued`. */
export interface Requeued {
  at: string;
  by: string;
}

export interface EarlierOutcome {
  outcome: Outcome;
  requeued: Requeued | null;
}

/**
 * Puts a dead message back to new. It keeps the number of the last turn whose prompt it stood in: by that the next turn
 * knows whether the conversation holds its body already. Failures and interruptions count from zero.
 *
 * On disk: `outcomes/<id>.r<k>.requeued` → the letter renamed into new, its name with one life more: of several who do so, one wins →
 * its reason removed. Repeat it after a death anywhere. "gone": somebody else moved the letter, and nothing has changed: what
 * `.requeued` announces counts only once the letter has that life.
 */
export async function requeue(
  files: Files,
  inbox: Inbox,
  letter: { path: string; name: MessageName },
  requeued: Requeued,
): Promise<'requeued' | 'gone'> {
  const { name, path } = letter;
  const life = { id: name.id, requeues: name.requeues + 1 };
  // "exists": of one that died here, or of another at this moment. Who is named, one of them or the other, changes nothing.
  await writeRecord(files, requeuedPath(inbox, life), requeued);
  const earlier = await earlierOutcomes(files, inbox, life);
  const lastTurn = Math.max(name.lastTurn, ...earlier.map(({ outcome }) => outcome.turn ?? 0));
  const next: MessageName = { ...name, ...life, lastTurn, failures: 0, interruptions: 0 };
  const moved = await relocate(files, path, join(inbox.new, formatMessageName(next)));
  await files.syncDirectory(inbox.new);
  await files.syncDirectory(inbox.dead);
  if (moved === 'gone') return 'gone';
  // Of this life's name alone: it never comes again.
  await files.remove(`${path}${REASON_SUFFIX}`);
  return 'requeued';
}

/** The outcomes of the lives before this one, oldest first; also those that earlier versions put aside under a number. */
export async function earlierOutcomes(files: Files, inbox: Inbox, { id, requeues }: Life): Promise<EarlierOutcome[]> {
  const earlier: EarlierOutcome[] = [];
  for (let number = 1; ; number++) {
    const aside = join(inbox.outcomes, `${id}.${number}`);
    const outcome = await readRecord<Outcome>(files, aside);
    if (!outcome) break;
    earlier.push({ outcome, requeued: await readRecord<Requeued>(files, `${aside}.requeued`) });
  }
  for (let life = 0; life < requeues; life++) {
    const outcome = await outcomeOf(files, inbox, { id, requeues: life });
    const requeued = await readRecord<Requeued>(files, requeuedPath(inbox, { id, requeues: life + 1 }));
    if (outcome) earlier.push({ outcome, requeued });
  }
  return earlier;
}
