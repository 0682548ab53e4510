/** The messages that wait for a session, as far as a hook may show them: not those that a live `ask` will take itself. */
import { join } from 'node:path';
import type { Deadline } from '../../blackboard/deadline.ts';
import { unlessDenied } from '../../blackboard/denied.ts';
import { type Files, readText } from '../../blackboard/files.ts';
import { bury } from '../../blackboard/inbox/claim.ts';
import { writeOutcome } from '../../blackboard/inbox/outcome.ts';
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

export interface Waiting {
  messages: WaitingMessage[];
  /** That many wait beside those. */
  more: number;
  /** Names in `new` of what is never shown: no message of ours, or expired. */
  unfit: { name: MessageName; expired: boolean }[];
}

/**
 * The most urgent first, then by age; at most `limits.newsMessagesMax`, and once the deadline is over no more than were read by then.
 * Changes nothing.
 */
export async function waitingMessages(
  { files, layout, clock }: HookContext,
  options: { onlyHigh: boolean; deadline: Deadline },
): Promise<Waiting> {
  const { inbox } = layout;
  const nowMs = clock.nowMs();
  const found: Waiting = { messages: [], more: 0, unfit: [] };
  const names = sortMessageNames(await files.list(inbox.new))
    .filter(({ priority }) => !options.onlyHigh || priority === 'high')
    .sort((a, b) => URGENCY[a.priority] - URGENCY[b.priority] || a.atMs - b.atMs);
  if (names.length === 0) return found;
  const awaited = new Set((await liveWaiters(files, inbox, isAlive)).map(({ id }) => id));
  for (const [index, name] of names.entries()) {
    if (found.messages.length >= limits.newsMessagesMax || (index > 0 && options.deadline.isOver()))
      return { ...found, more: names.length - index };
    // One that may not be read holds up no other: what is no message is put aside.
    const path = join(inbox.new, formatMessageName(name));
    const text = await unlessDenied(readText(files, path, limits.recordBytesMax), '');
    if (text === null) continue;
    const message = readOwnMessage(text, name.id);
    if (!message) found.unfit.push({ name, expired: false });
    else if (message.expiresAt !== undefined && Date.parse(message.expiresAt) <= nowMs)
      found.unfit.push({ name, expired: true });
    else if (!message.inReplyTo?.some(id => awaited.has(id))) found.messages.push({ name, message });
  }
  return found;
}

/** Buries what is never shown, with the reason: the first, and the others while there is time. */
export async function putAside(
  { layout, clock }: HookContext,
  files: Files,
  unfit: Waiting['unfit'],
  time: Deadline,
): Promise<void> {
  const { inbox } = layout;
  const nowMs = clock.nowMs();
  for (const [index, { name, expired }] of unfit.entries()) {
    if (index > 0 && time.isOver()) return;
    const path = join(inbox.new, formatMessageName(name));
    if (expired) {
      const reason = 'it expired';
      const at = new Date(nowMs).toISOString();
      await writeOutcome(files, inbox, name, { id: name.id, outcome: 'dead', at, reason });
      await bury(files, inbox, path, name, reason);
    } else {
      const reason = 'it is not a message that agent-runner wrote, or may not be read';
      const at = new Date(nowMs).toISOString();
      // Its name has an id: that is what became of it, for whoever looks. "exists": it had an outcome before.
      await writeOutcome(files, inbox, name, { id: name.id, outcome: 'dead', at, reason });
      await bury(files, inbox, path, name, reason).catch(error => faultOfEntry(files, error, [inbox.new, inbox.dead]));
    }
  }
}
