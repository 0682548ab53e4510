/** Requeueing: a dead letter goes back to new and begins another life, with an outcome of its own. */
import { join } from 'node:path';
import { recordEvents } from '#blackboard/events/record-events.ts';
import { REASON_SUFFIX } from '#blackboard/inbox/bury.ts';
import { type Life, type Outcome, outcomePath, requeuedPath } from '#blackboard/inbox/outcome.ts';
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

/** With the files that have them. */
export interface EarlierOutcome {
  outcome: Outcome;
  path: string;
  requeued: Requeued | null;
  requeuedAt: string;
}

/**
 * Puts a dead message back into new. It keeps the number of the last turn whose prompt had it, so that the next turn
 * knows whether the conversation already contains its body. Failures and interruptions count from zero.
 *
 * On disk: `outcomes/<id>.r<k>.requeued` → the message renamed into new, with one more life in its name; if several
 * callers try, one wins → its reason removed. Repeat after a crash at any point. "gone": another process moved the
 * message, and nothing has changed: `.requeued` counts only once the message has that life.
 */
export async function requeue(
  files: Files,
  inbox: Inbox,
  letter: { path: string; name: MessageName },
  requeued: Requeued,
): Promise<'requeued' | 'gone'> {
  const { name, path } = letter;
  const life = { id: name.id, requeues: name.requeues + 1 };
  // "exists": by a caller that died here, or by another one right now. Which of the two it names makes no difference.
  await writeRecord(files, requeuedPath(inbox, life), requeued);
  const earlier = await earlierOutcomes(files, inbox, life);
  const lastTurn = Math.max(name.lastTurn, ...earlier.map(({ outcome }) => outcome.turn ?? 0));
  const next: MessageName = { ...name, ...life, lastTurn, failures: 0, interruptions: 0 };
  const moved = await relocate(files, path, join(inbox.new, formatMessageName(next)));
  await files.syncDirectory(inbox.new);
  await files.syncDirectory(inbox.dead);
  if (moved === 'gone') return 'gone';
  // Only for this life's name, which never comes again.
  await files.remove(`${path}${REASON_SUFFIX}`);
  const { at, by } = requeued;
  await recordEvents(files, inbox, at, { type: 'message.requeued', id: name.id, by });
  return 'requeued';
}

/** The outcomes of the earlier lives, oldest first; also those that earlier versions moved aside under a number. */
export async function earlierOutcomes(files: Files, inbox: Inbox, { id, requeues }: Life): Promise<EarlierOutcome[]> {
  const earlier: EarlierOutcome[] = [];
  const read = async (path: string, requeuedAt: string): Promise<boolean> => {
    const outcome = await readRecord<Outcome>(files, path);
    if (outcome) earlier.push({ outcome, path, requeued: await readRecord<Requeued>(files, requeuedAt), requeuedAt });
    return outcome !== null;
  };
  for (let number = 1, aside = ''; ; number++) {
    aside = join(inbox.outcomes, `${id}.${number}`);
    if (!(await read(aside, `${aside}.requeued`))) break;
  }
  for (let life = 0; life < requeues; life++)
    await read(outcomePath(inbox, { id, requeues: life }), requeuedPath(inbox, { id, requeues: life + 1 }));
  return earlier;
}
