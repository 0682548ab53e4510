/**
 * Where a peer's wake socket is: wake/<peer>/, 0700 and ours, without a link on the way. If the root's path is too long
 * for a socket, a short private directory is used, whose name is in `notify.path`.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  type Stats,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wakeLayout } from '#blackboard/layout.ts';
import { refusedError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { replaceFile } from '#blackboard/system/record.ts';

export interface SocketDirectory {
  /** wake/<peer>. */
  home: string;
  token: string;
  log: string;
  /** What admission must remember. */
  state: string;
  /** Where the socket really is. */
  socket: string;
  /** The short private directory, if one was needed. */
  short: string | null;
}

/** Creates (or finds) the directory. Throws "refused" if a directory on the way is a link or another user's. */
export async function makeSocketDirectory(
  files: Files,
  root: string,
  peer: string,
  shortHome = tmpdir(),
): Promise<SocketDirectory> {
  const layout = wakeLayout(root, peer);
  for (const directory of [layout.all, layout.home]) {
    await files.makeDirectory(directory);
    requirePrivate(directory, 'mend');
  }
  if (fits(layout.socket)) return { ...layout, short: null };
  const short = recordedShort(layout.path) ?? (await makeShort(files, layout.path, shortHome));
  return { ...layout, socket: join(short, 'notify.sock'), short };
}

/**
 * The directory as a client finds it, checked as strictly: a token must not be sent to another user's socket. null:
 * none.
 */
export async function findSocketDirectory(root: string, peer: string): Promise<SocketDirectory | null> {
  const layout = wakeLayout(root, peer);
  if (factsOf(layout.home) === null) return null;
  for (const directory of [layout.all, layout.home]) requirePrivate(directory, 'refuse');
  if (fits(layout.socket)) return { ...layout, short: null };
  const short = recordedShort(layout.path);
  return short === null ? null : { ...layout, socket: join(short, 'notify.sock'), short };
}

/** The short directory is removed with the server that created it; its record, too. */
export function leaveSocketDirectory(place: SocketDirectory): void {
  if (place.short === null) return;
  rmSync(join(place.home, 'notify.path'), { force: true });
  try {
    rmdirSync(place.short);
  } catch {}
}

/** With room for the name under which the socket is made. */
const fits = (socket: string): boolean => Buffer.byteLength(socket) <= limits.socketPathBytesMax;

/** null: none, or not one to be used. */
function recordedShort(record: string): string | null {
  try {
    const short = readFileSync(record, 'utf8').trim();
    requirePrivate(short, 'refuse');
    return short;
  } catch {
    return null;
  }
}

async function makeShort(files: Files, record: string, shortHome: string): Promise<string> {
  // mkdtemp(3): 0700, exclusive, and a name that nobody can have guessed.
  const short = mkdtempSync(join(shortHome, 'arw-'));
  await replaceFile(files, record, `${short}\n`);
  return short;
}

const factsOf = (path: string): Stats | null => lstatSync(path, { throwIfNoEntry: false }) ?? null;

/** A directory that nobody else can write to or read; `mend` closes one of ours that is open. */
function requirePrivate(path: string, whenOpen: 'mend' | 'refuse'): void {
  const found = lstatSync(path);
  const uid = process.getuid?.();
  if (!found.isDirectory()) throw refusedError(`${path} is not a directory: no signal is sent or taken there`);
  if (uid !== undefined && found.uid !== uid)
    throw refusedError(`${path} belongs to uid ${found.uid}, not to you (uid ${uid})`);
  if ((found.mode & 0o077) === 0) return;
  if (whenOpen === 'refuse') throw refusedError(`${path} stands open to others`, `Shut it: chmod 700 ${path}`);
  shut(path);
}

/** By its descriptor, so that it is the directory that was checked. */
function shut(path: string): void {
  const directory = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    fchmodSync(directory, 0o700);
  } finally {
    closeSync(directory);
  }
}

/** Whether the socket is one, and ours: asked before a token is told to it. */
export function requireSocket(path: string): 'ours' | 'none' {
  const found = factsOf(path);
  if (!found) return 'none';
  const uid = process.getuid?.();
  if (!found.isSocket()) throw refusedError(`${path} is not a socket`);
  if (uid !== undefined && found.uid !== uid) throw refusedError(`${path} belongs to uid ${found.uid}, not to you`);
  return 'ours';
}
