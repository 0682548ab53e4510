/** Delivery: a message is accepted when this returns, and not before. maildir(5), with ids that make it idempotent. */
import { dirname, join } from 'node:path';
import { recordEvents } from '#blackboard/events/record-events.ts';
import { locate } from '#blackboard/inbox/locate.ts';
import { relocate } from '#blackboard/inbox/relocate.ts';
import { INBOX_DIRECTORIES, type Inbox } from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { encodeMessage, type NameParts, nameParts } from '#blackboard/messages/message-encode.ts';
import { formatMessageName, freshName } from '#blackboard/messages/message-name.ts';
import { readOwnMessage } from '#blackboard/messages/own-message.ts';
import { errnoOf, isRunnerError, takenError, temporaryError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { faultOfEntry } from '#blackboard/system/one-entry.ts';
import { removeTree } from '#blackboard/system/remove-tree.ts';

export type Delivery = 'delivered' | 'duplicate';

/** Whether an id was accepted earlier for the same message that comes now. */
export type IsSame = (known: Message, mine: Message) => boolean;

/**
 * Compares who says what, in answer to what. Times, and fields that a later version adds to a head, make no difference.
 */
export const sameWords: IsSame = (known, mine) =>
  known.from === mine.from &&
  known.kind === mine.kind &&
  known.body === mine.body &&
  JSON.stringify(known.inReplyTo ?? []) === JSON.stringify(mine.inReplyTo ?? []);

/** The id was accepted before, for another message. */
export const isTaken = (error: unknown): boolean => isRunnerError(error) && error.code === 'taken';

/**
 * Makes the directories of an inbox (0700) that are not there. The last of them is made when the others are on disk: who finds
 * them all has nothing to do, and nothing to wait for.
 */
export async function makeInbox(files: Files, inbox: Inbox): Promise<void> {
  const there = await files.list(inbox.inbox);
  if (INBOX_DIRECTORIES.every(name => there.includes(name))) return;
  await files.makeDirectory(inbox.inbox);
  for (const name of INBOX_DIRECTORIES.slice(0, -1)) await files.makeDirectory(join(inbox.inbox, name));
  await files.syncDirectory(inbox.inbox);
  await files.syncDirectory(dirname(inbox.inbox));
  await files.makeDirectory(join(inbox.inbox, INBOX_DIRECTORIES.at(-1)!));
}

/**
 * Delivers a message. "duplicate": this very message was accepted before, whatever became of it since. Throws `taken`
 * (65) if the id was accepted for another message.
 *
 * On disk: `tmp/<nonce>` (complete, and its name, fsynced) → hard link `ids/<id>` (fsynced: from here the id is taken)
 * → the file in tmp is RENAMED into new. The rename can succeed only once, so two producers of one id, or a producer
 * that wakes up late, cannot deliver a message twice. A crash before the link leaves rubbish in tmp; after it, the next
 * delivery of the same id, or the runner's `adoptUnplaced`, finishes the work. Throws a temporary error if its file in
 * tmp was removed before the link (a producer that was stopped for longer than `limits.unplacedRestMs`): then nothing
 * was accepted. `once`: the id was made for this call and nobody will ever deliver it again; then its link need not be
 * on disk before the message can be seen, and the two fsyncs run together. (After a power loss the old name in tmp may
 * reappear: it is found to be delivered, and removed.)
 */
export async function deliver(
  files: Files,
  inbox: Inbox,
  message: Message,
  options: { once?: boolean; isSame?: IsSame } = {},
): Promise<Delivery> {
  const temporary = join(inbox.tmp, newNonce());
  await files.create(temporary, encodeMessage(message));
  // An id on disk without its file in tmp would be taken for ever without any message.
  if (!options.once) await files.syncDirectory(inbox.tmp);
  const identity = join(inbox.ids, message.id);
  const linked = await files.link(temporary, identity);
  if (linked === 'gone')
    throw temporaryError(`${temporary} was gone before it was delivered`, 'Nothing was sent: send it again.');
  if (linked === 'exists') {
    await files.remove(temporary);
    const known = readOwnMessage((await readText(files, identity, limits.recordBytesMax)) ?? '', message.id);
    await placeKnown(files, inbox, message.id);
    if (!known || !(options.isSame ?? sameWords)(known, message)) throw takenError(message.id);
    return 'duplicate';
  }
  const move = (from: string, to: string) =>
    files.move(from, to).catch(error => giveBack(files, inbox, temporary, message.id, error));
  const named = files.syncDirectory(inbox.ids);
  if (!options.once) await named;
  await Promise.all([named, place(files, inbox, temporary, message, options.once ? move : undefined)]);
  return 'delivered';
}

/**
 * The message cannot be delivered, and its sender is told. Then nobody may deliver it later, when its directory is
 * writable again, because the sender may have sent it again. An id that others already know is not given back: they
 * finish the work with it.
 */
async function giveBack(files: Files, inbox: Inbox, temporary: string, id: string, error: unknown): Promise<never> {
  // After any other error, nobody knows whether it was delivered.
  if (REFUSED.has(errnoOf(error) ?? ''))
    await files
      .remove(join(inbox.ids, id))
      .then(() => files.remove(temporary))
      .catch(() => {});
  throw error;
}

/** The file is still where it was. */
const REFUSED = new Set(['EACCES', 'EPERM', 'ENOSPC', 'EDQUOT']);

/** The rename into new, which makes it a message of the inbox. */
async function place(
  files: Files,
  inbox: Inbox,
  temporary: string,
  message: NameParts,
  move: Files['move'] = (from, to) => relocate(files, from, to),
): Promise<void> {
  const { path, directory } = placeOf(inbox, message);
  // Before it is in new: a runner may take it at once, and says so with a later time.
  const queuedAt = new Date().toISOString();
  const moved = await move(temporary, path);
  if (moved === 'gone') await findSwept(files, inbox, temporary, message.id);
  await files.syncDirectory(directory);
  if (moved === 'gone') return;
  const { id, from, kind, notBefore: dueAt = null } = message;
  await recordEvents(files, inbox, queuedAt, { type: 'message.queued', id, from, kind, dueAt });
}

/**
 * Its file in tmp is gone: another process delivered it, or it was removed just when its id was linked, or its inbox
 * cannot be reached.
 */
async function findSwept(files: Files, inbox: Inbox, temporary: string, id: string): Promise<void> {
  if (await locate(files, inbox, id)) return;
  // Give the id back, or nobody could ever deliver it.
  await files.remove(join(inbox.ids, id));
  throw temporaryError(`${temporary} was gone before it was delivered`, 'Nothing was sent: send it again.');
}

/** Where a message goes: new, or later until it is due. */
function placeOf(inbox: Inbox, message: NameParts): { path: string; directory: string } {
  const sentMs = Date.parse(message.at);
  const dueMs = Math.max(sentMs, Date.parse(message.notBefore ?? message.at));
  const directory = dueMs > sentMs ? inbox.later : inbox.new;
  return { path: join(directory, formatMessageName(freshName(dueMs, message.id, message.priority))), directory };
}

/** Finishes the delivery of an id whose producer died after the link; the next process that meets it does this. */
export async function placeKnown(files: Files, inbox: Inbox, id: string): Promise<void> {
  if (await locate(files, inbox, id)) return;
  const known = await files.facts(join(inbox.ids, id));
  for (const name of await files.list(inbox.tmp)) {
    const path = join(inbox.tmp, name);
    if (known && (await files.facts(path))?.inode === known.inode) await placeFile(files, inbox, path);
  }
}

async function placeFile(files: Files, inbox: Inbox, path: string): Promise<void> {
  const message = nameParts((await readText(files, path, limits.recordBytesMax)) ?? '');
  if (message) await place(files, inbox, path, message);
}

/** What `deliver` and `attachCopy` call their files in tmp; anything else there is not ours to sweep. */
const DELIVERING = /^(swept-)?[0-9a-f]{32}$/;
const ATTACHING = /^attach-[0-9a-f]{32}$/;
export const attachingName = (): string => `attach-${newNonce()}`;
/** A dead letter that is being removed for good. */
const PURGED = /^purged-[0-9a-f]{32}$/;
export const purgedName = (): string => `purged-${newNonce()}`;

/**
 * Delivers what producers left between `ids` and `new`, and removes what they left before that. `isSettled` says
 * whether a file in tmp is old enough to be abandoned (its producer would have delivered it long ago). Returns how many
 * were delivered.
 */
export async function adoptUnplaced(
  files: Files,
  inbox: Inbox,
  isSettled: (mtimeMs: number) => boolean,
): Promise<number> {
  let placed = 0;
  for (const name of await files.list(inbox.tmp)) {
    if (!DELIVERING.test(name) && !ATTACHING.test(name) && !PURGED.test(name)) continue;
    try {
      if (PURGED.test(name)) for await (const _step of removeTree(files, join(inbox.tmp, name)));
      else placed += await adoptOne(files, inbox, name, isSettled);
    } catch (error) {
      // One that cannot be read or moved (another user's) does not hold up the others.
      await faultOfEntry(files, error, [inbox.tmp, inbox.new, inbox.later]);
    }
  }
  return placed;
}

/** 1: it was delivered, or found to be. */
async function adoptOne(
  files: Files,
  inbox: Inbox,
  name: string,
  isSettled: (mtimeMs: number) => boolean,
): Promise<number> {
  const found = await files.facts(join(inbox.tmp, name));
  if (found?.kind !== 'file' || !isSettled(found.mtimeMs)) return 0;
  // Moved out of its producer's reach before it is judged: a stopped producer that continues now could link it at any
  // moment.
  const path = name.startsWith('swept-') ? join(inbox.tmp, name) : join(inbox.tmp, `swept-${newNonce()}`);
  if (ATTACHING.test(name) || (await files.move(join(inbox.tmp, name), path)) === 'gone') {
    // An attachment that is kept has its name in files/; this one was only on its way there.
    await files.remove(join(inbox.tmp, name));
    return 0;
  }
  if (((await files.facts(path))?.links ?? 0) < 2) {
    await files.remove(path);
    return 0;
  }
  const message = nameParts((await readText(files, path, limits.recordBytesMax)) ?? '');
  if (!message) return 0;
  if (await locate(files, inbox, message.id)) await files.remove(path);
  else await place(files, inbox, path, message);
  return 1;
}
