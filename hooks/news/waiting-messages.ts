/** The messages that wait for a session, as far as a hook may show them: not those that a live `ask` will take itself. */
import { join } from 'node:path';
import type { Clock } from '../../blackboard/clock.ts';
import { type Files, readText } from '../../blackboard/files.ts';
import { buryFile } from '../../blackboard/inbox/bury.ts';
import { bury } from '../../blackboard/inbox/claim.ts';
import { adoptUnplaced, foreignNames } from '../../blackboard/inbox/deliver.ts';
import { listDrops, listTakenDrops } from '../../blackboard/inbox/drops.ts';
import { releaseDue } from '../../blackboard/inbox/due.ts';
import { writeOutcome } from '../../blackboard/inbox/outcome.ts';
import { liveWaiters } from '../../blackboard/inbox/waiters.ts';
import type { Inbox } from '../../blackboard/layout.ts';
import { limits } from '../../blackboard/limits.ts';
import type { Message } from '../../blackboard/message.ts';
import { formatMessageName, type MessageName, sortMessageNames } from '../../blackboard/message-name.ts';
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
  await settleInbox(files, inbox, clock);
  await releaseDue(files, inbox, nowMs);
  const names = sortMessageNames(await files.list(inbox.new))
    .filter(({ priority }) => !options.onlyHigh || priority === 'high')
    .sort((a, b) => URGENCY[a.priority] - URGENCY[b.priority] || a.atMs - b.atMs);
  if (names.length === 0) return { messages: [], more: 0 };
  const awaited = new Set((await liveWaiters(files, inbox, isAlive)).map(({ id }) => id));
  const messages: WaitingMessage[] = [];
  for (const [index, name] of names.entries()) {
    if (messages.length >= limits.newsMessagesMax) return { messages, more: names.length - index };
    const path = join(inbox.new, formatMessageName(name));
    const text = await readText(files, path, limits.recordBytesMax);
    if (text === null) continue;
    const message = readOwnMessage(text);
    if (!message) {
      await buryFile(files, inbox, path, formatMessageName(name), 'it is not a message that agent-runner wrote', nowMs);
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

/**
 * A session has no loop that takes files dropped into its inbox, and finishes what producers left: its hooks do. The code for
 * drops reads YAML, so it is a file of its own (scripts/build.mjs), loaded only where one lies there.
 */
async function settleInbox(files: Files, inbox: Inbox, clock: Clock): Promise<void> {
  await adoptUnplaced(files, inbox, mtimeMs => clock.nowMs() - mtimeMs > limits.unplacedRestMs);
  const drops = [
    ...(await listDrops(files, inbox)),
    ...(await listTakenDrops(files, inbox)),
    ...foreignNames(await files.list(inbox.new)),
  ];
  if (drops.length === 0) return;
  const { settle } = await import('../../blackboard/inbox/settle.ts');
  await settle(files, inbox, clock, new Map(), { once: true });
}
