/**
 * A message that wants a reply wakes the session it is for, if that is idle and served (docs/wake.md), as it starts a turn of an
 * agent. What cannot be woken is told at its next prompt.
 */

import { asksForReply } from '#blackboard/messages/message.ts';
import type { Addressed } from '#runner/messages/outgoing.ts';
import { notifyPeer } from '#runner/wake/client.ts';

/** Call it when the message stands. Never rejects: the message waits there all the same. */
export async function wakeSession(
  root: string,
  { peer, kind, notBeforeMs }: Pick<Addressed, 'peer' | 'kind' | 'notBeforeMs'>,
): Promise<void> {
  if (!asksForReply(kind) || notBeforeMs !== null || peer.kind.takesTurns || peer.wake === null) return;
  await notifyPeer(root, peer.wake, { type: 'wake' }).catch(() => {});
}
