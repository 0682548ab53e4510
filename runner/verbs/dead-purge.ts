/** Removes dead letters for good, with their reasons and files. What became of each stays in its outcome until retention. */

import { type DeadLetter, listDeadLetters, nameOfDrop, requireDeadLetter } from '#blackboard/peers/dead-letters.ts';
import { mayBeMessageId } from '#blackboard/peers/known-message.ts';
import { listInboxes } from '#blackboard/peers/peers.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { usageError } from '#blackboard/system/errors.ts';
import { parseDuration } from '#blackboard/text/when.ts';
import { callerOf } from '#runner/agents/caller.ts';
import type { DeadPurge } from '#runner/results/messages.ts';
import { purge } from '#runner/turn/purging.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export interface DeadPurgeInput {
  /** An id, an end or a beginning of it, a file's name, or a peer. */
  of: string | null;
  /** Only those that died longer ago: 12h, 30d. */
  olderThan: string | null;
  all: boolean;
}

/** Those that this call removed. Throws 64 where nothing was named, or two things by one word; 66 for no such letter or peer. */
export async function deadPurge(context: VerbContext, input: DeadPurgeInput): Promise<DeadPurge> {
  const { files, root, env } = context;
  const by = (await callerOf(files, root, env)).peer;
  const removed: DeadLetter[] = [];
  // "gone": it was put back, or removed, in this moment.
  for (const letter of await chosen(context, input))
    if ((await purge({ files, root, clock: systemClock, by }, letter)) === 'removed') removed.push(letter);
  return removed.map(letter => ({
    peer: letter.peer,
    id: letter.id,
    file: letter.file,
    droppedAs: nameOfDrop(letter),
  }));
}

async function chosen({ files, root }: VerbContext, { of, olderThan, all }: DeadPurgeInput): Promise<DeadLetter[]> {
  if (of === null && olderThan === null && !all)
    throw usageError(
      'expected which dead letters: an id, a peer, --older-than or --all',
      'See them first: agent-runner dead list',
    );
  const ageMs = olderThan === null ? 0 : parseDuration(olderThan);
  if (ageMs === null)
    throw usageError(
      `expected --older-than to be a duration (12h, 30d), got ${JSON.stringify(olderThan?.slice(0, 60))}`,
    );
  const inboxes = await listInboxes(files, root);
  const ofPeer = inboxes.filter(({ peer }) => peer === of);
  // Letters go by their ids and files; a peer may be called like the beginning of one.
  if (of !== null && ofPeer.length === 0) {
    const letter = await requireDeadLetter(files, root, of);
    return isOlder(letter, ageMs) ? [letter] : [];
  }
  if (ofPeer.length > 0 && mayBeMessageId(of ?? '') && !all)
    throw usageError(`${JSON.stringify(of)} may be a peer or a message`, 'Say --all for all dead letters of the peer.');
  const letters = await listDeadLetters(files, ofPeer.length > 0 ? ofPeer : inboxes);
  return letters.filter(letter => isOlder(letter, ageMs));
}

const isOlder = ({ atMs }: DeadLetter, ageMs: number): boolean => Date.now() - atMs >= ageMs;
