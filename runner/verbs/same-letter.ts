/** Compares a message with the earlier one of the same key. An equal one is a duplicate, another one an error. */
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { isKeptAlready } from '#blackboard/inbox/attachment.ts';
import type { Inbox } from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { readOwnMessage } from '#blackboard/messages/own-message.ts';
import { takenError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

/** What must be equal. Times may differ: they are often relative. */
export interface Said extends Pick<Message, 'id' | 'from' | 'fromId' | 'kind' | 'thread' | 'subject' | 'body'> {
  sources: readonly (string | Readable | Uint8Array)[];
}

/** Throws `taken` (65) if the known message has other words, another sender or other files. Reads the sources. */
export async function requireSame(files: Files, inbox: Inbox, said: Said, key: string): Promise<void> {
  const known = readOwnMessage((await readText(files, join(inbox.ids, said.id), limits.recordBytesMax)) ?? '', said.id);
  const other = known === null ? 'a message that cannot be read' : await whatDiffers(files, inbox, known, said);
  if (other === null) return;
  throw takenError(said.id, `--id ${key} was used before with ${other}: take another --id, or leave it out.`);
}

async function whatDiffers(files: Files, inbox: Inbox, known: Message, said: Said): Promise<string | null> {
  // By id if both have one: the sender may have been renamed.
  const isOther = known.fromId && said.fromId ? known.fromId !== said.fromId : known.from !== said.from;
  if (isOther) return `another sender (${known.from})`;
  for (const part of ['kind', 'thread', 'subject'] as const) if (known[part] !== said[part]) return `another ${part}`;
  if (known.body !== said.body) return 'another text';
  const left = new Set((known.attachments ?? []).map(({ name }) => name));
  for (const source of said.sources) {
    const name = await isKeptAlready(files, inbox, said.id, known.attachments ?? [], source);
    if (name === null) return 'other files';
    left.delete(name);
  }
  return left.size > 0 ? 'more files' : null;
}
