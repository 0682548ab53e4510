/**
 * A message that wants a reply wakes the session it is for, if that is idle and served (docs/wake.md), as it starts a turn of an
 * agent. What cannot be woken is told at its next prompt.
 */
import type { Files } from '../../blackboard/files.ts';
import { asksForReply } from '../../blackboard/message.ts';
import { isAgent } from '../../blackboard/peers.ts';
import { sessionNamed } from '../../blackboard/session-names.ts';
import { notifyPeer } from '../../blackboard/wake/client.ts';
import type { Addressed } from './outgoing.ts';

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
