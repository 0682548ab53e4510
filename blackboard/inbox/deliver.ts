/** Delivery: a message is accepted when this returns, and not before. maildir(5), with ids that make it idempotent. */
import { join } from 'node:path';
import { temporaryError } from '../errors.ts';
import { type Files, readText } from '../files.ts';
import { newNonce } from '../ids.ts';
import { INBOX_DIRECTORIES, type Inbox } from '../layout.ts';
import { limits } from '../limits.ts';
import type { Message } from '../message.ts';
import { encodeMessage, type NameParts, nameParts } from '../message-encode.ts';
import { formatMessageName, freshName, parseMessageName } from '../message-name.ts';
import { findPlace } from './find.ts';

export type Delivery = 'delivered' | 'duplicate';

/** Makes the directories of an inbox (0700). Repeatable. */
export async function makeInbox(files: Files, inbox: Inbox): Promise<void> {
  await files.makeDirectory(inbox.inbox);
  for (const name of INBOX_DIRECTORIES) await files.makeDirectory(join(inbox.inbox, name));
  await files.syncDirectory(inbox.inbox);
}

/**
 * Delivers a message. "duplicate": this id was accepted before, whatever has become of it since.
 *
 * On disk: `tmp/<nonce>` (all of it, fsynced) → hard link `ids/<id>` (fsynced: from here the id is taken) → the file in
 * tmp is RENAMED into new. The rename is a token that exists once, so two producers of one id, or a producer that wakes
 * up late, cannot place a message twice. A death before the link leaves rubbish in tmp; after it, whoever delivers the
 * same id again, or the runner's `adoptUnplaced`, finishes the work. Throws a temporary error if its file in tmp was
 * swept before the link (a producer that was stopped for longer than `limits.unplacedRestMs`): nothing was accepted.
 */
export async function deliver(files: Files, inbox: Inbox, message: Message): Promise<Delivery> {
  const temporary = join(inbox.tmp, newNonce());
  await files.create(temporary, encodeMessage(message));
  const identity = join(inbox.ids, message.id);
  const linked = await files.link(temporary, identity);
  if (linked === 'gone')
    throw temporaryError(`${temporary} was gone before it was delivered`, 'Nothing was sent: send it again.');
  if (linked === 'exists') {
    await files.remove(temporary);
    await placeKnown(files, inbox, message.id);
    return 'duplicate';
  }
  await files.syncDirectory(inbox.ids);
  const { id, at, priority, notBefore } = message;
  await place(files, inbox, temporary, { id, at, priority, notBefore });
  return 'delivered';
}

async function place(files: Files, inbox: Inbox, temporary: string, message: NameParts): Promise<void> {
  const sentMs = Date.parse(message.at);
  const dueMs = Math.max(sentMs, Date.parse(message.notBefore ?? message.at));
  const directory = dueMs > sentMs ? inbox.later : inbox.new;
  await files.move(temporary, join(directory, formatMessageName(freshName(dueMs, message.id, message.priority))));
  await files.syncDirectory(directory);
  await files.syncDirectory(inbox.tmp);
}

/** An id that is taken but has no place yet (its producer died in between) is placed by whoever comes next. */
export async function placeKnown(files: Files, inbox: Inbox, id: string): Promise<void> {
  if (await findPlace(files, inbox, id)) return;
  const known = await files.facts(join(inbox.ids, id));
  for (const name of await files.list(inbox.tmp)) {
    const path = join(inbox.tmp, name);
    if (known && (await files.facts(path))?.inode === known.inode) await placeFile(files, inbox, path);
  }
}

async function placeFile(files: Files, inbox: Inbox, path: string): Promise<void> {
  const text = await readText(files, path, limits.recordBytesMax);
  const parts = text === null ? null : nameParts(text);
  if (parts) await place(files, inbox, path, parts);
}

/** What `deliver` and `attachFile` call their files in tmp; anything else there is not ours to sweep. */
const DELIVERING = /^[0-9a-f]{32}$/;
const ATTACHING = /^attach-[0-9a-f]{32}$/;
export const attachingName = (): string => `attach-${newNonce()}`;

/**
 * Places what producers left between `ids` and `new`, and removes what they left before that. `isSettled` says whether a
 * file in tmp is old enough to have been left (its producer would have placed it long ago). Returns how many were placed.
 */
export async function adoptUnplaced(
  files: Files,
  inbox: Inbox,
  isSettled: (mtimeMs: number) => boolean,
): Promise<number> {
  let placed = 0;
  for (const name of await files.list(inbox.tmp)) {
    if (!DELIVERING.test(name) && !ATTACHING.test(name)) continue;
    const path = join(inbox.tmp, name);
    const facts = await files.facts(path);
    if (facts?.kind !== 'file' || !isSettled(facts.mtimeMs)) continue;
    // An attachment that is kept has its name in files/: this one is only the way there.
    if (facts.links < 2 || ATTACHING.test(name)) {
      await files.remove(path);
      continue;
    }
    const text = await readText(files, path, limits.recordBytesMax);
    const message = text === null ? null : nameParts(text);
    if (!message) continue;
    if (await findPlace(files, inbox, message.id)) await files.remove(path);
    else await place(files, inbox, path, message);
    placed++;
  }
  return placed;
}

/** The names in new that are not ours (a person copied a file straight into new). */
export const foreignNames = (listing: readonly string[]): string[] =>
  listing.filter(name => parseMessageName(name) === null && !name.startsWith('.'));
