/** A message on its way out: who it goes to, what it says, what goes with it. On the path of `send`: loads nothing heavy. */

import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { attachCopy } from '#blackboard/inbox/attachment.ts';
import { cleanName } from '#blackboard/inbox/clean-name.ts';
import { type Delivery, deliver, makeInbox, placeKnown } from '#blackboard/inbox/deliver.ts';
import type { Inbox } from '#blackboard/layout.ts';
import type { Message, MessageKind, Priority } from '#blackboard/messages/message.ts';
import { PRIORITIES } from '#blackboard/messages/message.ts';
import { lifeOfInbox, lifePart } from '#blackboard/peers/agent-life.ts';
import type { Peer } from '#blackboard/peers/peer-kind.ts';
import { requirePeer } from '#blackboard/peers/peers.ts';
import { errnoOf, noSuchError, temporaryError, usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { derivedId, newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { sendablePath } from '#runner/agents/turn-files.ts';
import { requireSame } from '#runner/messages/same-letter.ts';
import { findSender, resolveSelf, type Sender } from '#runner/messages/sender.ts';
import { readPiped } from '#runner/text/stdin-text.ts';
import { parseWhen } from '#runner/text/when.ts';

/** What a person may send by hand: an answer comes from a turn. */
const SENDABLE = ['request', 'question', 'status', 'done', 'note'] as const satisfies readonly MessageKind[];

/** As its sender says it. */
export interface Letter {
  to: string;
  /** What it says, or what is read to its end for that; null: nothing. */
  text: string | AsyncIterable<Uint8Array> | null;
  /** Paths; below `cwd` where they are relative. */
  files: readonly string[];
  cwd: string;
  kind: string;
  thread?: string | undefined;
  subject?: string | undefined;
  priority?: string | undefined;
  /** Idempotency key. */
  key?: string | undefined;
  from?: string | undefined;
  /** Held until then, and given up after that, as people write instants (when.ts). */
  notBefore?: string | undefined;
  expires?: string | undefined;
  /** false: an idle session is not woken for it, now or when it is due. */
  wake?: boolean | undefined;
}

/** Checked, with its id, and not delivered yet. */
export interface Addressed {
  id: string;
  to: string;
  peer: Peer;
  inbox: Inbox;
  sender: Sender;
  /** Unix milliseconds: its place in the queue. */
  atMs: number;
  kind: MessageKind;
  /** Unix milliseconds. */
  notBeforeMs: number | null;
  expiresMs: number | null;
  /** Where the files that go with it lie. */
  paths: readonly string[];
}

/**
 * Checks the letter and finds both ends. Throws usage errors (64), unknown peers and files (66), too many hops and files
 * that the turn may not send (77).
 */
export async function addressLetter(
  files: Files,
  root: string,
  env: Readonly<Record<string, string | undefined>>,
  letter: Letter,
  atMs: number,
): Promise<Addressed> {
  checkWords(letter);
  const kind = oneOf('--kind', letter.kind, SENDABLE);
  if (letter.priority !== undefined) oneOf('--priority', letter.priority, PRIORITIES);
  const sender = await findSender(files, root, env, letter.from);
  const called = await resolveSelf(files, root, env, letter.to);
  const peer = await requirePeer(files, root, called);
  // Circles of waits are told by names.
  const { name: to, inbox } = peer;
  const paths: string[] = [];
  for (const path of letter.files) {
    paths.push(await sendablePath(files, root, env, await fileAt(letter.cwd, path)));
  }
  const id =
    letter.key === undefined
      ? newId(atMs)
      : derivedId('key', to, ...lifePart(await lifeOfInbox(files, inbox)), letter.key);
  return { id, to, peer, inbox, sender, atMs, kind, paths, ...timesOf(letter, atMs) };
}

function timesOf({ notBefore, expires }: Letter, atMs: number): Pick<Addressed, 'notBeforeMs' | 'expiresMs'> {
  const notBeforeMs = notBefore === undefined ? null : parseWhen('the time of delivery', notBefore, atMs);
  const expiresMs = expires === undefined ? null : parseWhen('--expires', expires, atMs, 'ends');
  if (expiresMs !== null && expiresMs <= (notBeforeMs ?? atMs))
    throw usageError('it would expire before it is due', 'Give --expires a later time.');
  return { notBeforeMs, expiresMs };
}

function checkWords({ key, thread, subject, files }: Letter): void {
  if (key !== undefined && !new RegExp(`^[A-Za-z0-9._-]{1,${limits.keyCharsMax}}$`).test(key))
    throw usageError(
      `expected --id to be 1 to ${limits.keyCharsMax} of A-Z, a-z, 0-9, ".", "_" and "-", got ${quoted(key)}`,
    );
  for (const [flag, words] of Object.entries({ '--thread': thread, '--subject': subject }))
    if (words !== undefined && (words === '' || words.length > limits.subjectCharsMax))
      throw usageError(`expected ${flag} to have 1 to ${limits.subjectCharsMax} characters, got ${words.length}`);
  if (files.length >= limits.attachmentsMax)
    throw usageError(`expected at most ${limits.attachmentsMax - 1} files, got ${files.length}`, 'Send an archive.');
}

function oneOf<T extends string>(flag: string, given: string, known: readonly T[]): T {
  const found = known.find(each => each === given);
  if (found !== undefined) return found;
  throw usageError(`expected ${flag} to be one of ${known.join(', ')}, got ${quoted(given)}`);
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 80));

/** Its absolute path. */
async function fileAt(cwd: string, path: string): Promise<string> {
  const { at, found } = await look(cwd, path).catch((error: unknown) => {
    // commander gives everything that follows --file to it, a text included.
    const hint = 'If that was your message, put it before --file.';
    if (errnoOf(error) === 'ENOENT') throw noSuchError(`there is no file ${quoted(path)}`, hint);
    throw noSuchError(`the file ${quoted(path)} cannot be read: ${errnoOf(error)}`, hint);
  });
  if (found.isFile()) return at;
  throw usageError(`expected a regular file, got ${quoted(path)}`, 'Pipe it in, or send an archive.');
}

/** Rejects where the calling directory is gone as well. */
async function look(cwd: string, path: string) {
  const at = resolve(cwd, path);
  return { at, found: await stat(at) };
}

/** What the letter says: a body, or what is too long or no text for one. */
export type Words = { kind: 'body'; text: string } | { kind: 'attached'; name: string; source: Readable | Uint8Array };

/** Reads the letter's text; null: none. Throws a usage error if there is no file either. */
export async function readWords(letter: Letter): Promise<Words | null> {
  const words = await wordsOf(letter.text);
  if (words !== null || letter.files.length > 0) return words;
  throw usageError(
    'there is nothing to send: no text and no file',
    `Try: agent-runner send ${letter.to} "text" (or "-" to read it from stdin, or --file <path>)`,
  );
}

async function wordsOf(text: Letter['text']): Promise<Words | null> {
  if (text === null) return null;
  if (typeof text === 'string')
    return Buffer.byteLength(text) <= limits.bodyBytesMax
      ? spoken(text)
      : { kind: 'attached', name: 'message.txt', source: Buffer.from(text) };
  const piped = await readPiped(text);
  switch (piped.kind) {
    case 'text':
      return spoken(piped.text);
    case 'bytes':
      return { kind: 'attached', name: 'message.bin', source: piped.bytes };
    case 'long':
      return { kind: 'attached', name: 'message.txt', source: piped.stream };
  }
}

/** Blank text says nothing. */
const spoken = (text: string): Words | null => (text.trim() === '' ? null : { kind: 'body', text });

/**
 * Delivers it. Text that is too long or no text, and every file, is kept beside it first, as a copy. Throws a temporary
 * error (75) where the queue is full, `taken` (65) where its key was used for something else.
 */
export async function deliverLetter(
  files: Files,
  letter: Letter,
  addressed: Addressed,
  words: Words | null,
): Promise<Delivery> {
  const { id, inbox, sender } = addressed;
  if (!(await files.facts(inbox.tmp))) await makeInbox(files, inbox);
  const sources = [
    ...(words?.kind === 'attached' ? [{ name: words.name, source: words.source }] : []),
    ...letter.files.map((path, at) => ({ name: cleanName(basename(path)), source: addressed.paths[at] ?? path })),
  ];
  const body = words?.kind === 'body' ? words.text : '';
  if (letter.key !== undefined && (await files.facts(join(inbox.ids, id)))) {
    await placeKnown(files, inbox, id);
    const { thread, subject } = letter;
    const said = { id, from: sender.peer, fromId: sender.peerId, kind: addressed.kind, thread, subject, body };
    await requireSame(files, inbox, { ...said, sources: sources.map(({ source }) => source) }, letter.key);
    return 'duplicate';
  }
  await requireRoom(files, addressed);
  const attachments: NonNullable<Message['attachments']> = [];
  for (const { name, source } of sources) {
    const kept = await attachCopy(files, inbox, id, name, source);
    if (!attachments.some(other => other.name === kept.name)) attachments.push(kept);
  }
  return deliver(
    files,
    inbox,
    {
      id,
      from: sender.peer,
      fromId: sender.peerId,
      kind: addressed.kind,
      at: new Date(addressed.atMs).toISOString(),
      trace: sender.trace ?? id,
      hops: sender.hops,
      thread: letter.thread,
      subject: letter.subject,
      priority: letter.priority as Priority | undefined,
      turn: sender.turn ?? undefined,
      notBefore: isoOf(addressed.notBeforeMs),
      expiresAt: isoOf(addressed.expiresMs),
      wake: letter.wake === false ? false : undefined,
      attachments: attachments.length > 0 ? attachments : undefined,
      body,
    },
    { once: letter.key === undefined },
  );
}

const isoOf = (atMs: number | null): string | undefined => (atMs === null ? undefined : new Date(atMs).toISOString());

/** Only who sends by hand is held up: a drop, a reply or a note is always taken. */
async function requireRoom(files: Files, { to, inbox }: Addressed): Promise<void> {
  const waiting = (await files.list(inbox.new)).length + (await files.list(inbox.later)).length;
  if (waiting < limits.queueDepthMax) return;
  throw temporaryError(
    `${waiting} messages wait for ${to} already, and ${limits.queueDepthMax} may; nothing was sent`,
    `Send it again when some have been worked on: agent-runner status ${to}`,
  );
}
