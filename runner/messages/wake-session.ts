/**
 * A message that wants a reply wakes the session it is for, if that is idle and served (docs/wake.md), as it starts a turn of an
 * agent. What cannot be woken is told at its next prompt.
 */

import { asksForReply } from '#blackboard/messages/message.ts';
import { isAgent } from '#blackboard/peers/peers.ts';
import { sessionNamed } from '#blackboard/peers/session-names.ts';
import type { Files } from '#blackboard/system/files.ts';
import type { Addressed } from '#runner/messages/outgoing.ts';
import { notifyPeer } from '#runner/wake/client.ts';

/** Call it when the message stands. Never rejects: the message waits there all the same. */
export async function wakeSession(
  files: Files,
  root: string,
  { to, kind, notBeforeMs }: Pick<Addressed, 'to' | 'kind' | 'notBeforeMs'>,
): Promise<void> {
  if (!asksForReply(kind) || notBeforeMs !== null || (await isAgent(files, root, to))) return;
  const id = await sessionNamed(files, root, to);
  if (id !== null) await notifyPeer(root, id, { type: 'wake' }).catch(() => {});
}
