/** `agent-runner post`: puts an entry on the board, for everybody to see at their next turn; prints its id. */

import { realpath } from 'node:fs/promises';
import { formatCursor } from '#blackboard/board/cursor.ts';
import { ENTRY_KINDS, type Entry, isEntryKind } from '#blackboard/board/entry.ts';
import { postEntry } from '#blackboard/board/post.ts';
import { parseDuration } from '#blackboard/board/ttl.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { badDataError, exitCode, usageError } from '#blackboard/system/errors.ts';
import { newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { authorOf } from '#runner/messages/author.ts';
import { tidyBoard } from '#runner/messages/tidy-board.ts';
import { printJson } from '#runner/text/printing.ts';

export const command: Declaration = {
  words: 'post',
  heading: 'The board, and your own sessions',
  about: 'put an entry on the board: every agent and session sees it at its next turn',
  arguments: [{ name: '[text]', about: 'what to say; "-" reads it from stdin' }],
  options: [
    {
      flags: '--kind <kind>',
      about: 'note, task, question, status, alert or artifact',
      fallback: 'note',
      completes: ['note', 'task', 'question', 'status', 'alert', 'artifact'],
    },
    { flags: '--topic <topic>', about: 'what it is about; an agent may wake on it' },
    { flags: '--key <key>', about: 'the newest value of a key replaces the older ones' },
    { flags: '--ttl <duration>', about: 'not shown any more after that: 90s, 15m, 2h, 7d' },
    { flags: '--ref <path>', about: 'a file or address that it is about', completes: 'file' },
  ],
  json: true,
  examples: [
    'agent-runner post "the build is green again" --topic build',
    'agent-runner post --key freeze "until 18:00"',
  ],
  exits: { 64: 'nothing to say, or a wrong option', 65: 'too long' },
  allowsExcess: true,
};

export interface PostOptions {
  kind: string;
  topic?: string;
  key?: string;
  ttl?: string;
  ref?: string;
}

export async function run(global: GlobalOptions, text: string | undefined, options: PostOptions): Promise<number> {
  const files = createSyncFiles();
  const { kind, ttlMs } = check(options);
  const root = await requireRoot(rootPath(global.root, process.env));
  const words = text === undefined || text === '-' ? await readStdin(text) : text;
  if (words.trim() === '')
    throw usageError('there is nothing to post: no text', 'Try: agent-runner post "text" (or "-" for stdin)');
  const nowMs = Date.now();
  const entry: Entry = {
    id: newId(nowMs),
    at: new Date(nowMs).toISOString(),
    from: await authorOf(files, root, process.env),
    kind,
    text: words,
    ...(options.topic === undefined ? {} : { topic: options.topic }),
    ...(options.key === undefined ? {} : { key: options.key }),
    ...(options.ref === undefined ? {} : { ref: await realpath(options.ref).catch(() => options.ref!) }),
    ...(ttlMs === null ? {} : { expiresAt: new Date(nowMs + ttlMs).toISOString() }),
  };
  const self = selfIdentity();
  const cursor = await postEntry(files, root, entry, { self, nowMs });
  if (global.json) printJson({ id: entry.id, cursor: formatCursor(cursor) });
  else process.stdout.write(`${entry.id}\n`);
  // What others left is no reason for this one to fail: it stands.
  const problem = await tidyBoard(files, root, { once: true });
  if (problem !== null) process.stderr.write(`agent-runner: it stands; ${problem}\n`);
  return exitCode.ok;
}

function check({ kind, topic, key, ttl, ref }: PostOptions) {
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
  return { kind, ttlMs };
}

async function readStdin(text: string | undefined): Promise<string> {
  if (text === undefined && process.stdin.isTTY) return '';
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    size += chunk.length;
    if (size > limits.entryTextBytesMax)
      throw badDataError(`more than ${limits.entryTextBytesMax} bytes came on stdin`, 'Post the path of a file: --ref');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
