/** A whole, durable copy of a file, where a hard link may not be made. At once, in the caller's thread: it is seldom. */
import { chmodSync, closeSync, constants, copyFileSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { newNonce } from '#blackboard/system/ids.ts';

/** `to` is there, whole and on the disk (0600), or the call has thrown. The directory is the caller's to fsync. */
export function copyFile(from: string, to: string): void {
  const temporary = `${to}.tmp-${newNonce().slice(0, 12)}`;
  try {
    copyFileSync(from, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    chmodSync(temporary, 0o600);
    const file = openSync(temporary, 'r');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, to);
  } finally {
    rmSync(temporary, { force: true });
  }
}
