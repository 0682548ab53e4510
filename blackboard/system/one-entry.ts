/** Tells a fault of one entry from one of the whole root: one thing that cannot be read or moved must not hold up the others. */
import { errnoOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';

/** Errors that say something of the entry itself, where the directories around it are well. */
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
 * The errno of a failed effect on one entry, where the directories it is in, and would go to, can be written; throws the error again
 * where it is another's: a full disk, no descriptors, a root that may only be read, a file in a directory's place.
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

/** What is left where it lies, because it can neither be taken nor be put aside. */
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
