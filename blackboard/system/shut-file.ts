/** Makes a dropped file ours: from then on nobody else can read it, whatever its mode was. */
import { chmodSync, lstatSync } from 'node:fs';
import { errnoOf } from '#blackboard/system/errors.ts';

/**
 * 0600, or 0700 if its owner may run it. Not for a file with a second name, which belongs to somebody in another place.
 * For another owner's file it is not possible, but the directories around it are closed.
 */
export function shutFile(path: string): void {
  try {
    const { mode, nlink } = lstatSync(path);
    if (nlink === 1 && (mode & 0o077) !== 0) chmodSync(path, (mode & 0o100) === 0 ? 0o600 : 0o700);
  } catch (error) {
    if (!['ENOENT', 'EPERM', 'EROFS'].includes(errnoOf(error) ?? '')) throw error;
  }
}
