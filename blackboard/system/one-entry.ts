/**
 * Tells a fault of one entry from one of the whole root: one entry that cannot be read or moved must not hold up the
 * others.
 */
import { errnoOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';

/** Errors that are about the entry itself, if the directories around it work. */
const OF_AN_ENTRY = new Set([
  'EACCES',
  'EPERM',
  'EBUSY',
  'EISDIR',
  'ENOTDIR',
  'ELOOP',
  'EXDEV',
  'ENXIO',
  'EMLINK',
  'ETXTBSY',
]);

/**
 * The errno of a failed effect on one entry, if its directories, and those it would go to, are writable. Throws the
 * error again if the cause is another: a full disk, no descriptors, a read-only root, a file instead of a directory.
 */
export async function faultOfEntry(files: Files, error: unknown, directories: readonly string[]): Promise<string> {
  const errno = errnoOf(error);
  if (errno === undefined || !OF_AN_ENTRY.has(errno)) throw error;
  for (const directory of directories) {
    if ((await files.obstacle(directory, 'write')) !== null) throw error;
    const kind = (await files.facts(directory))?.kind;
    if (kind !== undefined && kind !== 'directory' && kind !== 'link') throw error;
  }
  return errno;
}

/** What is left where it is, because it can neither be taken nor put aside. */
export interface LeftDrop {
  name: string;
  path: string;
  kind: 'file' | 'directory' | 'other';
  errno: string;
}

const DENIED = new Set(['EACCES', 'EPERM']);

/** Why, in words: goes behind its name. */
export function whyLeft({ kind, errno }: Pick<LeftDrop, 'kind' | 'errno'>): string {
  const cause = DENIED.has(errno) ? `permission denied, ${errno}` : errno;
  if (kind === 'file') return `cannot be read and taken (${cause})`;
  return kind === 'directory'
    ? `is a directory, which is no work, and cannot be moved away (${cause})`
    : `is no work, and cannot be moved away (${cause})`;
}
