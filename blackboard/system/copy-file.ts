/** A complete, durable copy of a file, when a hard link is not possible. Synchronous, because it is rare. */
import { chmodSync, closeSync, constants, copyFileSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { newNonce } from '#blackboard/system/ids.ts';

/** `to` exists, complete and on disk (0600), or the call has thrown. The caller fsyncs the directory. */
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
