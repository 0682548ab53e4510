/** A file that somebody dropped becomes ours: from then on nobody else reads it, whatever mode it came with. */
import { chmodSync, lstatSync } from 'node:fs';
import { errnoOf } from '#blackboard/system/errors.ts';

/**
 * 0600, or 0700 where its owner may run it. Not of a file with a second name, which is somebody's own in another place; of another
 * owner's it cannot be done, and the directories around it are shut.
 */
export function shutFile(path: string): void {
  try {
    const { mode, nlink } = lstatSync(path);
    if (nlink === 1 && (mode & 0o077) !== 0) chmodSync(path, (mode & 0o100) === 0 ? 0o600 : 0o700);
  } catch (error) {
    if (!['ENOENT', 'EPERM', 'EROFS'].includes(errnoOf(error) ?? '')) throw error;
  }
}
