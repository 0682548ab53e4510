/**
 * Who may use the page: a one-time link, made in a person's terminal, opens a session of that page's origin, port included. Both are
 * random words; on disk are only their hashes, so that who reads the root can open nothing.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { basename, join } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import { refusedError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readRecord, writeRecord } from '#blackboard/system/record.ts';

/** What stands under a hash: where it counts, and until when (Unix milliseconds). */
interface Grant {
  origin: string;
  /** metrics: /metrics alone. Absent: all that the page has. */
  only?: 'metrics';
  atMs: number;
  untilMs: number;
}

/** A session of the page. `id`: its hash, by which it is ended. */
export interface PageSession extends Grant {
  id: string;
}

const hashOf = (word: string): string => createHash('sha256').update(word).digest('hex');
const newWord = (): string => randomBytes(32).toString('base64url');
const isWord = (word: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(word);

async function grant(
  files: Files,
  directory: string,
  { origin, only }: Pick<Grant, 'origin' | 'only'>,
  nowMs: number,
  lastsMs: number,
): Promise<string> {
  await makeDirectories(files, directory);
  const word = newWord();
  await writeRecord(files, join(directory, hashOf(word)), {
    ...{ origin, atMs: nowMs, untilMs: nowMs + lastsMs },
    ...(only ? { only } : {}),
  });
  return word;
}

async function makeDirectories(files: Files, directory: string): Promise<void> {
  await files.makeDirectory(join(directory, '..'));
  await files.makeDirectory(directory);
}

/** What stands there and counts now; what is over is removed. */
async function readGrant(files: Files, path: string, nowMs: number): Promise<Grant | null> {
  const found = await readRecord<Grant>(files, path).catch(() => null);
  if (found && nowMs < found.untilMs && nowMs >= found.atMs - limits.clockBackMs) return found;
  if (found) await files.remove(path);
  return null;
}

/** The word of a new link to `origin`: it counts once, for some minutes. Forgets links that are over. */
export async function makeLink(files: Files, root: string, origin: string, nowMs: number): Promise<string> {
  const { pageLinks } = rootLayout(root);
  for (const name of await files.list(pageLinks)) await readGrant(files, join(pageLinks, name), nowMs);
  return grant(files, pageLinks, { origin }, nowMs, limits.pageLinkMs);
}

/** Uses the link up. Returns the session's word. Throws 77 if the link does not count here. */
export async function openSession(
  files: Files,
  root: string,
  { word, origin }: { word: string; origin: string },
  nowMs: number,
): Promise<{ token: string; untilMs: number }> {
  const { pageLinks, pageSessions } = rootLayout(root);
  const path = join(pageLinks, hashOf(word));
  const link = isWord(word) ? await readGrant(files, path, nowMs) : null;
  // Of two that come with the same link one has removed it.
  if (link?.origin !== origin || (await files.remove(path)) === 'gone')
    throw refusedError(
      'this link does not count: it was used before, it is too old, or it is for another address',
      'A new one: agent-runner dashboard link',
    );
  await files.remove(rootLayout(root).pageOpener);
  const token = await grant(files, pageSessions, { origin }, nowMs, limits.pageSessionMs);
  return { token, untilMs: nowMs + limits.pageSessionMs };
}

/** A word for /metrics at `origin`, and for nothing else. */
export const metricsToken = (files: Files, root: string, origin: string, nowMs: number): Promise<string> =>
  grant(files, rootLayout(root).pageSessions, { origin, only: 'metrics' }, nowMs, limits.metricsTokenMs);

/** The session that this word opens at this origin; null: it opens none. */
export async function sessionOf(
  files: Files,
  root: string,
  { token, origin }: { token: string; origin: string },
  nowMs: number,
): Promise<PageSession | null> {
  if (!isWord(token)) return null;
  const path = join(rootLayout(root).pageSessions, hashOf(token));
  const found = await readGrant(files, path, nowMs);
  return found && isSame(found.origin, origin) ? { id: basename(path), ...found } : null;
}

const isSame = (a: string, b: string): boolean =>
  Buffer.byteLength(a) === Buffer.byteLength(b) && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** Those that count now, the newest first. */
export async function listSessions(files: Files, root: string, nowMs: number): Promise<PageSession[]> {
  const { pageSessions } = rootLayout(root);
  const found: PageSession[] = [];
  for (const id of (await files.list(pageSessions)).filter(name => /^[0-9a-f]{64}$/.test(name))) {
    const session = await readGrant(files, join(pageSessions, id), nowMs);
    if (session) found.push({ id, ...session });
  }
  return found.sort((a, b) => b.atMs - a.atMs);
}

/** Ends the sessions that fit, and all links that were not used. Returns how many sessions there were. */
export async function endSessions(
  files: Files,
  root: string,
  nowMs: number,
  fits: (session: PageSession) => boolean = () => true,
): Promise<number> {
  const { pageLinks, pageSessions } = rootLayout(root);
  let count = 0;
  for (const session of (await listSessions(files, root, nowMs)).filter(fits))
    if ((await files.remove(join(pageSessions, session.id))) === 'removed') count++;
  for (const name of await files.list(pageLinks)) await files.remove(join(pageLinks, name));
  await files.remove(rootLayout(root).pageOpener);
  return count;
}
