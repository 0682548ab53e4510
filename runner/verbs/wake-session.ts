/**
 * Wakes an idle session when a message wants a reply from it (docs/wake.md). If that fails, its next prompt shows it.
 */
import { asksForReply } from '#blackboard/messages/message.ts';
import type { Addressed } from '#runner/verbs/outgoing.ts';
import { type Notified, notifyPeer } from '#runner/wake/client.ts';

/** Call it after delivery. Never rejects: the message waits in any case. null: nobody was asked, or the way was not private. */
export async function wakeSession(
  root: string,
  { peer, kind, notBeforeMs }: Pick<Addressed, 'peer' | 'kind' | 'notBeforeMs'>,
): Promise<Notified | null> {
  if (!asksForReply(kind) || notBeforeMs !== null || peer.kind.takesTurns || peer.wake === null) return null;
  return notifyPeer(root, peer.wake, { type: 'wake' }).catch(() => null);
}
