/** The messages that wait for a session and that a hook may show: not those that a live `ask` will take itself. */
import { join } from 'node:path';
import { bury } from '#blackboard/inbox/claim.ts';
import { outcomePath } from '#blackboard/inbox/outcome.ts';
import { liveWaiters } from '#blackboard/inbox/waiters.ts';
import type { Inbox } from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { byUrgency, formatMessageName, type MessageName, sortMessageNames } from '#blackboard/messages/message-name.ts';
import { senderOf } from '#blackboard/messages/own-matter.ts';
import { readOwnMessage } from '#blackboard/messages/own-message.ts';
import { completeDeath, type Death } from '#blackboard/peers/notes.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import type { Deadline } from '#blackboard/system/deadline.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { faultOfEntry } from '#blackboard/system/one-entry.ts';
import { isAlive } from '#blackboard/system/process-identity.ts';
import type { HookContext } from '#hooks/session/hook-context.ts';

export interface WaitingMessage {
  name: MessageName;
  message: Message;
}

export interface Waiting {
  messages: WaitingMessage[];
  /** How many more are waiting. */
  more: number;
  unfit: Unfit[];
}

/** What is never shown: invalid or expired messages. */
interface Unfit {
  name: MessageName;
  /** Who is told. */
  told: Pick<Death, 'from' | 'fromId' | 'kind' | 'trace'>;
  reason: string;
}

/**
 * The most urgent first, then by age; at most `limits.newsMessagesMax`, and after the deadline only those read so far.
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
    .sort(byUrgency);
  if (names.length === 0) return found;
  const awaited = new Set((await liveWaiters(files, inbox, isAlive)).map(({ id }) => id));
  for (const [index, name] of names.entries()) {
    if (found.messages.length >= limits.newsMessagesMax || (index > 0 && options.deadline.isOver()))
      return { ...found, more: names.length - index };
    const judged = await judge(files, inbox, name, nowMs);
    if (judged && 'reason' in judged) found.unfit.push(judged);
    else if (judged && !judged.message.inReplyTo?.some(id => awaited.has(id))) found.messages.push(judged);
  }
  return found;
}

/** One that cannot be read does not hold up the others. null: it is gone. */
async function judge(
  files: Files,
  inbox: Inbox,
  name: MessageName,
  nowMs: number,
): Promise<WaitingMessage | Unfit | null> {
  const path = join(inbox.new, formatMessageName(name));
  const text = await unlessDenied(readText(files, path, limits.recordBytesMax), '');
  if (text === null) return null;
  const message = readOwnMessage(text, name.id);
  if (!message) return { name, told: unreadable(text, name), reason: UNREADABLE };
  const isExpired = message.expiresAt !== undefined && Date.parse(message.expiresAt) <= nowMs;
  return isExpired ? { name, told: message, reason: 'it expired' } : { name, message };
}

/** What is never shown, of a session whose hooks run no more: a runner puts it aside, so that it has its outcome too. */
export async function putAsideLeft(context: Buried, self: string): Promise<void> {
  const { files, layout, clock } = context;
  const names = sortMessageNames(await files.list(layout.inbox.new));
  const judged = await Promise.all(names.map(name => judge(files, layout.inbox, name, clock.nowMs())));
  const unfit = judged.filter((each): each is Unfit => each !== null && 'reason' in each);
  await putAside(context, files, { unfit, self }, { isOver: () => false });
}

/** What putting a message aside needs. */
type Buried = Pick<HookContext, 'files' | 'root' | 'clock'> & { layout: { inbox: Inbox } };

const UNREADABLE = 'it is not a message that agent-runner wrote, or may not be read';

/** By what it says about its sender, who may expect an answer. */
const unreadable = (text: string, { id }: MessageName): Unfit['told'] => ({
  from: senderOf(text) ?? OPERATOR,
  kind: 'request',
  trace: id,
});

/**
 * Buries what is never shown, the rename last, so that what was begun is begun again. The first, and the others while
 * there is time.
 */
export async function putAside(
  { layout, clock, root }: Omit<Buried, 'files'>,
  files: Files,
  { unfit, self }: { unfit: readonly Unfit[]; self: string },
  time: Pick<Deadline, 'isOver'>,
): Promise<void> {
  const { inbox } = layout;
  for (const [index, { name, told, reason }] of unfit.entries()) {
    if (index > 0 && time.isOver()) return;
    const path = join(inbox.new, formatMessageName(name));
    try {
      // Its name has an id, so its outcome can be looked up. If it had one before, that was told.
      if ((await files.facts(outcomePath(inbox, name))) === null) {
        const { from, fromId, kind, trace } = told;
        const context = { files, root, clock, layout: { name: self, inbox } };
        await completeDeath(context, name, { from, fromId, kind, trace, reason });
      }
      await bury(files, inbox, path, name, reason);
    } catch (error) {
      await faultOfEntry(files, error, [inbox.new, inbox.dead]);
    }
  }
}
