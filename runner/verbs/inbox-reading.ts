/** Reads an inbox: what is unread, what was read last, and how it is moved to done. */
import { join } from 'node:path';
import { ackRead } from '#blackboard/inbox/claim.ts';
import type { Inbox } from '#blackboard/layout.ts';
import { asksForReply, type Message } from '#blackboard/messages/message.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { formatMessageName, type MessageName, sortMessageNames } from '#blackboard/messages/message-name.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { Message as Shown } from '#runner/results/shared.ts';
import { whatItAnswers } from '#runner/verbs/gist.ts';

export interface Letter {
  name: MessageName;
  path: string;
  message: Message;
}

export interface Letters {
  letters: Letter[];
  /** Paths of what is no message. */
  unreadable: string[];
}

/** The unread ones in the queue's order. `chosen`: names tell which of them are wanted; only those are read. */
export const readUnread = async (
  files: Files,
  inbox: Inbox,
  chosen: (names: MessageName[]) => MessageName[] = names => names,
): Promise<Letters> => readLetters(files, inbox.new, chosen(sortMessageNames(await files.list(inbox.new))));

async function readLetters(files: Files, directory: string, names: readonly MessageName[]): Promise<Letters> {
  const letters: Letter[] = [];
  const unreadable: string[] = [];
  for (const name of names) {
    const path = join(directory, formatMessageName(name));
    try {
      const text = await readText(files, path, limits.recordBytesMax);
      if (text !== null) letters.push({ name, path, message: decodeMessage(text, path, name.id) });
    } catch {
      unreadable.push(path);
    }
  }
  return { letters, unreadable };
}

/** The last `count` messages that went to done, newest last. */
export async function readDone(files: Files, inbox: Inbox, count: number): Promise<Letter[]> {
  let found: Letter[] = [];
  for (const day of (await files.list(inbox.done)).sort().reverse()) {
    if (found.length >= count) break;
    const directory = join(inbox.done, day);
    const names = sortMessageNames(await files.list(directory)).slice(found.length - count);
    found = [...(await readLetters(files, directory, names)).letters, ...found];
  }
  return found;
}

/** Whether it only has to be read. Requests and questions in another peer's inbox are that peer's work. */
export const isOnlyRead = (peer: string, { message }: Pick<Letter, 'message'>): boolean =>
  peer === OPERATOR || !asksForReply(message.kind);

/** Moves a letter to done. "gone": somebody else moved it. */
export const ackLetter = (files: Files, inbox: Inbox, letter: Letter): Promise<'moved' | 'gone'> =>
  ackRead(files, inbox, letter, asksForReply(letter.message.kind), Date.now());

/** A message as `inbox` and `read` return it. */
export async function messageResult(files: Files, root: string, inbox: Inbox, message: Message): Promise<Shown> {
  const { id, from, kind, at, subject = null, thread = null, file = null, turn = null, body } = message;
  const { inReplyTo = [], denials = [] } = message;
  const attachments = (message.attachments ?? []).map(each => ({ ...each, path: join(inbox.files, id, each.name) }));
  const answers = await whatItAnswers(files, root, message);
  return { id, from, kind, at, subject, thread, inReplyTo, answers, file, turn, attachments, denials, body };
}
