/** Puts an entry on the board. Everybody sees it at their next turn. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { compareAndSet } from '#blackboard/board/compare-and-set.ts';
import { formatCursor } from '#blackboard/board/cursor.ts';
import { ENTRY_KINDS, type Entry, isEntryKind } from '#blackboard/board/entry.ts';
import { postEntry } from '#blackboard/board/post.ts';
import { badDataError, usageError } from '#blackboard/system/errors.ts';
import { newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { idFits, isIdPart } from '#blackboard/system/short-id.ts';
import { parseDuration } from '#blackboard/text/when.ts';
import { callerOf } from '#runner/agents/caller.ts';
import type { Post } from '#runner/results/board.ts';
import { wholeEntry } from '#runner/verbs/board.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { tidyBoard } from '#runner/verbs/tidy-board.ts';

export interface PostInput {
  /** null: none, which is refused. */
  text: string | AsyncIterable<Uint8Array> | null;
  /** One of the board's kinds. */
  kind: string;
  topic?: string | undefined;
  key?: string | undefined;
  /** `90s`, `15m`, `2h`, `7d`: shown that long. */
  ttl?: string | undefined;
  /** A file, below `cwd` where it is relative, or an address. */
  ref?: string | undefined;
  cwd: string;
  /** Only if this is the id of the key's newest value, or the beginning or end of it; `0`: if there is none. */
  ifRev?: string | undefined;
}

/** Throws 64 for nothing to say and for wrong options, 65 for what is too long. The author is the caller. */
export async function post(context: VerbContext, input: PostInput): Promise<Post> {
  const { files, root, env } = context;
  const { kind, ttlMs, isExpected } = check(input);
  const { topic, key, ref, cwd } = input;
  const text = typeof input.text === 'string' ? input.text : await read(input.text ?? nothing());
  if (text.trim() === '')
    throw usageError('there is nothing to post: no text', 'Try: agent-runner post "text" (or "-" for stdin)');
  const nowMs = Date.now();
  const entry: Entry = {
    id: newId(nowMs),
    at: new Date(nowMs).toISOString(),
    from: (await callerOf(files, root, env)).peer,
    kind,
    text,
    ...(topic === undefined ? {} : { topic }),
    ...(key === undefined ? {} : { key }),
    ...(ref === undefined ? {} : { ref: await realOrTyped(cwd, ref) }),
    ...(ttlMs === null ? {} : { expiresAt: new Date(nowMs + ttlMs).toISOString() }),
  };
  const writer = { self: selfIdentity(), nowMs };
  const done = isExpected
    ? await compareAndSet(files, root, entry, isExpected, writer)
    : { kind: 'posted' as const, entry, place: await postEntry(files, root, entry, writer) };
  // What others left is no reason for this one to fail.
  const problem = await tidyBoard(files, root, { once: true });
  if (done.kind === 'lost') return { current: done.current && (await wholeEntry(context, done.current)) };
  return { id: done.entry.id, cursor: formatCursor(done.place), ...(problem === null ? {} : { warnings: [problem] }) };
}

async function realOrTyped(cwd: string, ref: string): Promise<string> {
  try {
    return await realpath(resolve(cwd, ref));
  } catch {
    return ref;
  }
}

function check({ kind, topic, key, ttl, ref, ifRev }: PostInput) {
  if (!isEntryKind(kind))
    throw usageError(
      `expected --kind to be one of ${ENTRY_KINDS.join(', ')}, got ${JSON.stringify(kind.slice(0, 60))}`,
    );
  for (const [flag, words] of Object.entries({ '--topic': topic, '--key': key, '--ref': ref }))
    if (words !== undefined && (words.trim() === '' || words.length > limits.entryLabelCharsMax || /\n/.test(words)))
      throw usageError(`expected ${flag} to be one line of 1 to ${limits.entryLabelCharsMax} characters`);
  const ttlMs = ttl === undefined ? null : parseDuration(ttl);
  if (ttl !== undefined && ttlMs === null)
    throw usageError(
      `expected --ttl to be a number and s, m, h or d, got ${JSON.stringify(ttl.slice(0, 60))}`,
      'Try: 2h',
    );
  return { kind, ttlMs, isExpected: ifRev === undefined ? null : expecting(ifRev.toLowerCase(), key) };
}

/** Whether the newest value is the one that was named. */
function expecting(rev: string, key: string | undefined): (current: Entry | null) => boolean {
  if (key === undefined)
    throw usageError('--if-rev is about the newest value of a key', 'Name the key, too: --key <key>');
  if (rev === '0') return current => current === null;
  if (isIdPart(rev)) return current => current !== null && idFits(current.id, rev);
  throw usageError(
    `expected --if-rev to be the id of an entry, or 0 for no value yet, got ${JSON.stringify(rev.slice(0, 60))}`,
    'The newest value with its id: agent-runner board --key <key>',
  );
}

async function read(source: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of source) {
    sizeBytes += chunk.length;
    if (sizeBytes > limits.entryTextBytesMax)
      throw badDataError(`more than ${limits.entryTextBytesMax} bytes came on stdin`, 'Post the path of a file: --ref');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
