/** A session's scheduled messages: a due one goes to new, and wakes the session as if it had been sent then. */
import { join } from 'node:path';
import { type Later, releaseDue } from '#blackboard/inbox/release-due.ts';
import { sessionLayout } from '#blackboard/layout.ts';
import { asksForReply } from '#blackboard/messages/message.ts';
import { formatMessageName, sortMessageNames } from '#blackboard/messages/message-name.ts';
import { readOwnMessage } from '#blackboard/messages/own-message.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { notifyPeer } from '#runner/wake/client.ts';

/**
 * First the signal, then the move: after a crash in between it is woken twice at worst, and its hook takes due messages
 * itself.
 */
export async function releaseDueTo(
  { files, root, clock }: { files: Files; root: string; clock: Clock },
  session: string,
): Promise<Later> {
  const { inbox } = sessionLayout(root, session);
  const nowMs = clock.nowMs();
  const due = sortMessageNames(await files.list(inbox.later)).filter(({ atMs }) => atMs <= nowMs);
  for (const name of due)
    if (await isWaking(files, join(inbox.later, formatMessageName(name)))) {
      // One signal is enough for all of them; if it is refused, the next prompt tells them.
      await notifyPeer(root, session, { type: 'wake' }).catch(() => {});
      break;
    }
  return releaseDue(files, inbox, nowMs);
}

async function isWaking(files: Files, path: string): Promise<boolean> {
  const text = await unlessDenied(readText(files, path, limits.recordBytesMax), null);
  const message = text === null ? null : readOwnMessage(text);
  return message !== null && asksForReply(message.kind) && message.wake !== false;
}
