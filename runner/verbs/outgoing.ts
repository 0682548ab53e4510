/**
 * Sends a message: finds both ends, checks it, delivers it with its files. On the path of `send`: loads nothing heavy.
 */
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { removeMarks } from '#blackboard/board/nothing-new.ts';
import { attachCopy } from '#blackboard/inbox/attachment.ts';
import { cleanName } from '#blackboard/inbox/clean-name.ts';
import { type Delivery, deliver, makeInbox, placeKnown } from '#blackboard/inbox/deliver.ts';
import { boardLayout, type Inbox } from '#blackboard/layout.ts';
import type { Message, MessageKind, Priority } from '#blackboard/messages/message.ts';
import { kindSaid, leastBudget, PRIORITIES } from '#blackboard/messages/message.ts';
import { lifeOfInbox, lifePart } from '#blackboard/peers/agent-life.ts';
import type { Peer } from '#blackboard/peers/peer-kind.ts';
import { requirePeer } from '#blackboard/peers/peers.ts';
import { errnoOf, noSuchError, temporaryError, usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { derivedId, newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { sendablePath } from '#runner/agents/turn-files.ts';
import { readPiped } from '#runner/text/stdin-text.ts';
import { parseWhen } from '#runner/text/when.ts';
import { requireSame } from '#runner/verbs/same-letter.ts';
import { findSender, resolveSelf, type Sender } from '#runner/verbs/sender.ts';

/** Kinds that --kind takes. An answer comes from a turn, or from a text that calls itself one (`answer: …`). */
const SENDABLE = ['request', 'question', 'status', 'done', 'note'] as const satisfies readonly MessageKind[];

/** The message as its sender describes it. */
export interface Letter {
  to: string;
  /** Its words, or a stream of them; null: none. */
  text: string | AsyncIterable<Uint8Array> | null;
  /** Paths; relative ones are below `cwd`. */
  files: readonly string[];
  cwd: string;
  /** undefined: what the text's beginning says (`status: …`), else a request. */
  kind?: string | undefined;
  thread?: string | undefined;
  subject?: string | undefined;
  priority?: string | undefined;
  /** Idempotency key. */
  key?: string | undefined;
  from?: string | undefined;
  /** Not delivered before, and given up after: instants as people write them (when.ts). */
  notBefore?: string | undefined;
  expires?: string | undefined;
  /** USD that everything it causes may cost; in a turn it can only lower what is inherited. */
  budgetUsd?: number | undefined;
  /** false: never wakes an idle session. */
  wake?: boolean | undefined;
}

/** Checked, with its id, but not delivered. */
export interface Addressed {
  root: string;
  id: string;
  to: string;
  peer: Peer;
  inbox: Inbox;
  sender: Sender;
  /** Unix milliseconds: its position in the queue. */
  atMs: number;
  kind: MessageKind;
  /** Unix milliseconds. */
  notBeforeMs: number | null;
  expiresMs: number | null;
  /** The attached files. */
  paths: readonly string[];
}

/**
 * Checks the letter and finds both ends. Throws 64 for usage errors, 66 for unknown peers and files, 77 for too many hops
 * and for files that the turn may not send.
 */
export async function addressLetter(
  files: Files,
  root: string,
  env: Readonly<Record<string, string | undefined>>,
  letter: Letter,
  atMs: number,
): Promise<Addressed> {
  const kind = checkWords(letter);
  const sender = await findSender(files, root, env, letter.from);
  const called = await resolveSelf(files, root, env, letter.to);
  const peer = await requirePeer(files, root, called);
  // Circles of waits are found by names.
  const { name: to, inbox } = peer;
  const paths: string[] = [];
  for (const path of letter.files) {
    paths.push(await sendablePath(files, root, env, await fileAt(letter.cwd, path)));
  }
  const id =
    letter.key === undefined
      ? newId(atMs)
      : derivedId('key', to, ...lifePart(await lifeOfInbox(files, inbox)), letter.key);
  return { root, id, to, peer, inbox, sender, atMs, kind, paths, ...timesOf(letter, atMs) };
}

function timesOf({ notBefore, expires }: Letter, atMs: number): Pick<Addressed, 'notBeforeMs' | 'expiresMs'> {
  const notBeforeMs = notBefore === undefined ? null : parseWhen('the time of delivery', notBefore, atMs);
  const expiresMs = expires === undefined ? null : parseWhen('--expires', expires, atMs, 'ends');
  if (expiresMs !== null && expiresMs <= (notBeforeMs ?? atMs))
    throw usageError('it would expire before it is due', 'Give --expires a later time.');
  return { notBeforeMs, expiresMs };
}

/** Throws 64 for what no letter may say. */
export function checkWords({ key, thread, subject, files, kind, priority }: Omit<Letter, 'to' | 'text'>): MessageKind {
  if (priority !== undefined) oneOf('--priority', priority, PRIORITIES);
  if (key !== undefined && !new RegExp(`^[A-Za-z0-9._-]{1,${limits.keyCharsMax}}$`).test(key))
    throw usageError(
      `expected --id to be 1 to ${limits.keyCharsMax} of A-Z, a-z, 0-9, ".", "_" and "-", got ${quoted(key)}`,
    );
  for (const [flag, words] of Object.entries({ '--thread': thread, '--subject': subject }))
    if (words !== undefined && (words === '' || words.length > limits.subjectCharsMax))
      throw usageError(`expected ${flag} to have 1 to ${limits.subjectCharsMax} characters, got ${words.length}`);
  if (files.length >= limits.attachmentsMax)
    throw usageError(`expected at most ${limits.attachmentsMax - 1} files, got ${files.length}`, 'Send an archive.');
  return kind === undefined ? 'request' : oneOf('--kind', kind, SENDABLE);
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
    // commander takes every word after --file for a file, even the text.
    const hint = 'If that was your message, put it before --file.';
    if (errnoOf(error) === 'ENOENT') throw noSuchError(`there is no file ${quoted(path)}`, hint);
    throw noSuchError(`the file ${quoted(path)} cannot be read: ${errnoOf(error)}`, hint);
  });
  if (found.isFile()) return at;
  throw usageError(`expected a regular file, got ${quoted(path)}`, 'Pipe it in, or send an archive.');
}

/** Rejects also if the calling directory is gone. */
async function look(cwd: string, path: string) {
  const at = resolve(cwd, path);
  return { at, found: await stat(at) };
}

/** The words as a body, or as an attachment: too long, or no text. */
export type Words = { kind: 'body'; text: string } | { kind: 'attached'; name: string; source: Readable | Uint8Array };

/** Reads the letter's text; null: none. Throws a usage error if there is no file either. */
export async function readWords(letter: Letter): Promise<Words | null> {
  const words = typeof letter.text === 'string' ? wordsOf(letter.text) : letter.text && (await pipedWords(letter.text));
  if (words !== null || letter.files.length > 0) return words;
  throw usageError(
    'there is nothing to send: no text and no file',
    `Try: agent-runner send ${letter.to} "text" (or "-" to read it from stdin, or --file <path>)`,
  );
}

/** Text longer than a body is a file beside the message. null: blank. */
export const wordsOf = (text: string): Words | null =>
  Buffer.byteLength(text) <= limits.bodyBytesMax
    ? spoken(text)
    : { kind: 'attached', name: 'message.txt', source: Buffer.from(text) };

async function pipedWords(text: AsyncIterable<Uint8Array>): Promise<Words | null> {
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

/** With the kind that the words themselves say, if the letter says none; else `usual`. */
export const saying = (
  addressed: Addressed,
  { kind }: Letter,
  words: Words | null,
  usual?: MessageKind,
): Addressed => ({
  ...addressed,
  kind:
    kind !== undefined ? addressed.kind : (words?.kind === 'body' && kindSaid(words.text)) || (usual ?? addressed.kind),
});

/** Blank text says nothing. */
const spoken = (text: string): Words | null => (text.trim() === '' ? null : { kind: 'body', text });

/**
 * Delivers it. Attachments are copied first. Throws 75 if the queue is full, `taken` (65) if its key was used for something
 * else.
 */
export async function deliverLetter(
  files: Files,
  letter: Letter,
  addressed: Addressed,
  words: Words | null,
): Promise<Delivery> {
  const { id, inbox, sender } = addressed;
  await makeInbox(files, inbox);
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
  const delivery = await deliver(
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
      budgetUsd: leastBudget(sender.budgetUsd, letter.budgetUsd),
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
  // A card: sessions tell of it with their next prompt.
  if (addressed.peer.kind.isPerson && addressed.kind === 'question')
    await removeMarks(files, boardLayout(addressed.root));
  return delivery;
}

const isoOf = (atMs: number | null): string | undefined => (atMs === null ? undefined : new Date(atMs).toISOString());

/** Only `send` is refused: drops, replies and notes are always accepted. */
async function requireRoom(files: Files, { to, inbox }: Addressed): Promise<void> {
  const waiting = (await files.list(inbox.new)).length + (await files.list(inbox.later)).length;
  if (waiting < limits.queueDepthMax) return;
  throw temporaryError(
    `${waiting} messages wait for ${to} already, and ${limits.queueDepthMax} may; nothing was sent`,
    `Send it again when some have been worked on: agent-runner status ${to}`,
  );
}
