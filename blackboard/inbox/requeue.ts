/** Requeueing: a dead letter goes back to new. Its old outcome is kept under a number, so that one final outcome stands. */
import { join } from 'node:path';
import type { Files } from '../files.ts';
import type { Inbox } from '../layout.ts';
import { formatMessageName, type MessageName } from '../message-name.ts';
import { readRecord, writeRecord } from '../record.ts';
import { REASON_SUFFIX } from './bury.ts';
import { type Outcome, readOutcome } from './outcome.ts';
import { relocate } from './relocate.ts';

/** Who put it back, and when. Lies beside the outcome it overruled: `outcomes/<id>.<n>.requeued`. */
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
 * On disk: `outcomes/<id>` linked to `outcomes/<id>.<n>` → `<id>.<n>.requeued` written → `outcomes/<id>` removed → the
 * letter renamed into new → its reason removed. Repeat it after a death anywhere. "gone": somebody else moved the letter.
 */
export async function requeue(
  files: Files,
  inbox: Inbox,
  letter: { path: string; name: MessageName },
  requeued: Requeued,
): Promise<'requeued' | 'gone'> {
  const { name, path } = letter;
  await retireOutcome(files, inbox, name.id, requeued);
  const earlier = await earlierOutcomes(files, inbox, name.id);
  const lastTurn = Math.max(name.lastTurn, ...earlier.map(({ outcome }) => outcome.turn ?? 0));
  const next: MessageName = { ...name, lastTurn, failures: 0, interruptions: 0 };
  const moved = await relocate(files, path, join(inbox.new, formatMessageName(next)));
  await files.syncDirectory(inbox.new);
  await files.syncDirectory(inbox.dead);
  if (moved === 'gone') return 'gone';
  await files.remove(`${path}${REASON_SUFFIX}`);
  return 'requeued';
}

async function retireOutcome(files: Files, inbox: Inbox, id: string, requeued: Requeued): Promise<void> {
  const current = join(inbox.outcomes, id);
  // Another outcome than dead is none of a letter's that lies in dead: somebody was faster, and the rename will say so.
  if ((await readOutcome(files, inbox, id))?.outcome !== 'dead') return;
  for (let number = 1; ; number++) {
    const retired = join(inbox.outcomes, `${id}.${number}`);
    const linked = await files.link(current, retired);
    if (linked === 'gone') return;
    // A number that is taken by this very outcome: a requeue before this one died here.
    if (linked === 'exists' && (await files.facts(retired))?.inode !== (await files.facts(current))?.inode) continue;
    await writeRecord(files, `${retired}.requeued`, requeued);
    await files.remove(current);
    await files.syncDirectory(inbox.outcomes);
    return;
  }
}

/** The outcomes that were overruled by a requeue, oldest first. */
export async function earlierOutcomes(files: Files, inbox: Inbox, id: string): Promise<EarlierOutcome[]> {
  const earlier: EarlierOutcome[] = [];
  for (let number = 1; ; number++) {
    const outcome = await readOutcome(files, inbox, `${id}.${number}`);
    if (!outcome) return earlier;
    const requeued = await readRecord<Requeued>(files, join(inbox.outcomes, `${id}.${number}.requeued`));
    earlier.push({ outcome, requeued });
  }
}
