/** Attachments: anything that is not a short text is kept beside its message, as `files/<id>/<name>`. */
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { attachingName } from '#blackboard/inbox/deliver.ts';
import type { Inbox } from '#blackboard/layout.ts';
import type { Attachment } from '#blackboard/messages/message.ts';
import { errnoOf, temporaryError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

/**
 * Errors of a link that a copy does not have: another owner's file (fs.protected_hardlinks), too many links, no links
 * on this disk.
 */
const NO_LINK = new Set(['EPERM', 'EACCES', 'EMLINK', 'EXDEV', 'ENOTSUP', 'EOPNOTSUPP']);

/** Keeps a dropped file beside its message: a link if one may be made, else a copy. Returns its name there. */
export async function keepDropped(files: Files, inbox: Inbox, id: string, name: string, from: string): Promise<string> {
  try {
    await keepAttachment(files, inbox, id, name, from);
    return name;
  } catch (error) {
    if (!NO_LINK.has(errnoOf(error) ?? '')) throw error;
    return (await attachCopy(files, inbox, id, name, from)).name;
  }
}

/** Keeps a file beside the message it belongs to: `files/<id>/<name>`, a hard link, no copy. */
export async function keepAttachment(
  files: Files,
  inbox: Inbox,
  id: string,
  name: string,
  from: string,
): Promise<string> {
  const home = join(inbox.files, id);
  await files.makeDirectory(home);
  // "exists": an earlier try of the same message, or (attachCopy, which looks) other content under the same name.
  if ((await files.link(from, join(home, name))) === 'gone' && !(await files.facts(join(home, name))))
    throw temporaryError(`${from} was gone before it was kept`, 'Nothing was sent: send it again.');
  await files.syncDirectory(home);
  await files.syncDirectory(inbox.files);
  return join(home, name);
}

/**
 * Keeps a COPY of `source` beside a message that is not delivered yet, because the sender may change the file later. On
 * disk: `tmp/attach-…` (complete, fsynced) → hard link `files/<id>/<name>` → the name in tmp is removed. A crash
 * half-way leaves a file that the runner removes or that the same message finds again. If other content has the name,
 * this one gets a number: `notes-2.txt`.
 */
export async function attachCopy(
  files: Files,
  inbox: Inbox,
  id: string,
  name: string,
  source: string | Readable | Uint8Array,
): Promise<Attachment> {
  const temporary = join(inbox.tmp, attachingName());
  try {
    await writeDurably(temporary, source);
    const facts = await files.facts(temporary);
    if (!facts) throw temporaryError(`${temporary} was gone before it was kept`, 'Nothing was sent: send it again.');
    const kept = await keepUnderFreeName(files, inbox, id, name, temporary);
    return { name: kept, sizeBytes: facts.sizeBytes };
  } finally {
    await files.remove(temporary);
  }
}

/** The name of the attachment with the content of `source`, or null. Writes what it compares to tmp, and removes it. */
export async function isKeptAlready(
  files: Files,
  inbox: Inbox,
  id: string,
  kept: readonly Attachment[],
  source: string | Readable | Uint8Array,
): Promise<string | null> {
  const temporary = join(inbox.tmp, attachingName());
  try {
    await writeDurably(temporary, source);
    for (const { name } of kept) if (await isSameFile(files, join(inbox.files, id, name), temporary)) return name;
    return null;
  } finally {
    await files.remove(temporary);
  }
}

async function writeDurably(path: string, source: string | Readable | Uint8Array): Promise<void> {
  const target = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  const from = typeof source === 'string' ? createReadStream(source) : source;
  await pipeline(from instanceof Uint8Array ? [from] : from, target);
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function keepUnderFreeName(
  files: Files,
  inbox: Inbox,
  id: string,
  name: string,
  temporary: string,
): Promise<string> {
  for (let number = 1; ; number++) {
    const numbered = number === 1 ? name : withNumber(name, number);
    const path = await keepAttachment(files, inbox, id, numbered, temporary);
    if (await isSameFile(files, path, temporary)) return numbered;
    if (number > limits.attachmentsMax)
      throw temporaryError(`too many files of the name ${name} in ${inbox.files}/${id}`);
  }
}

const withNumber = (name: string, number: number): string => {
  const ending = extname(name);
  return `${name.slice(0, name.length - ending.length)}-${number}${ending}`;
};

/** One file under two names, or two files of equal content (an earlier sender of the same message died here). */
async function isSameFile(files: Files, a: string, b: string): Promise<boolean> {
  const [one, other] = [await files.facts(a), await files.facts(b)];
  if (!one || !other || one.sizeBytes !== other.sizeBytes) return false;
  if (one.inode === other.inode) return true;
  const chunkBytes = limits.streamChunkBytes;
  for (let offset = 0; offset < one.sizeBytes; offset += chunkBytes) {
    const [left, right] = [
      await files.read(a, { offset, bytesMax: chunkBytes }),
      await files.read(b, { offset, bytesMax: chunkBytes }),
    ];
    if (!left || !right || Buffer.compare(left, right) !== 0) return false;
  }
  return true;
}
