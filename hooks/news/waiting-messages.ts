/** The messages that wait for a session, as far as a hook may show them: not those that a live `ask` will take itself. */
import { join } from 'node:path';
import { unlessDenied } from '../../blackboard/denied.ts';
import { readText } from '../../blackboard/files.ts';
import { buryFile } from '../../blackboard/inbox/bury.ts';
import { bury } from '../../blackboard/inbox/claim.ts';
import { writeOutcome } from '../../blackboard/inbox/outcome.ts';
import { tidyInbox } from '../../blackboard/inbox/tidy.ts';
import { liveWaiters } from '../../blackboard/inbox/waiters.ts';
import { limits } from '../../blackboard/limits.ts';
import type { Message } from '../../blackboard/message.ts';
import { formatMessageName, type MessageName, sortMessageNames } from '../../blackboard/message-name.ts';
import { faultOfEntry } from '../../blackboard/one-entry.ts';
import { readOwnMessage } from '../../blackboard/own-message.ts';
import { isAlive } from '../../blackboard/process-identity.ts';
import type { HookContext } from './hook-context.ts';

export interface WaitingMessage {
  name: MessageName;
  message: Message;
}

const URGENCY = { high: 0, normal: 1, low: 2 } as const;

/** The most urgent first, then by age; at most `limits.newsMessagesMax`. `more` wait beside those. */
export async function waitingMessages(
  { files, layout, clock }: HookContext,
  options: { onlyHigh: boolean },
): Promise<{ messages: WaitingMessage[]; more: number }> {
  const { inbox } = layout;
  const nowMs = clock.nowMs();
  await tidyInbox(files, inbox, clock);
  const names = sortMessageNames(await files.list(inbox.new))
    .filter(({ priority }) => !options.onlyHigh || priority === 'high')
    .sort((a, b) => URGENCY[a.priority] - URGENCY[b.priority] || a.atMs - b.atMs);
  if (names.length === 0) return { messages: [], more: 0 };
  const awaited = new Set((await liveWaiters(files, inbox, isAlive)).map(({ id }) => id));
  const messages: WaitingMessage[] = [];
  for (const [index, name] of names.entries()) {
    if (messages.length >= limits.newsMessagesMax) return { messages, more: names.length - index };
    const path = join(inbox.new, formatMessageName(name));
    // One that may not be read holds up no other: what is no message is put aside below.
    const text = await unlessDenied(readText(files, path, limits.recordBytesMax), '');
    if (text === null) continue;
    const message = readOwnMessage(text);
    if (!message) {
      const reason = 'it is not a message that agent-runner wrote, or may not be read';
      await buryFile(files, inbox, path, formatMessageName(name), reason, nowMs).catch(error =>
        faultOfEntry(files, error, [inbox.new, inbox.dead]),
      );
    } else if (message.expiresAt !== undefined && Date.parse(message.expiresAt) <= nowMs) {
      const outcome = {
        id: name.id,
        outcome: 'dead' as const,
        at: new Date(nowMs).toISOString(),
        reason: 'it expired',
      };
      await writeOutcome(files, inbox, outcome);
      await bury(files, inbox, path, name, 'it expired');
    } else if (!message.inReplyTo?.some(id => awaited.has(id))) messages.push({ name, message });
  }
  return { messages, more: 0 };
}
