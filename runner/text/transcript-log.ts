/** transcript.log: append-only, for people; copied aside and truncated by size, so that `tail -f` continues. */
import { appendFile, copyFile, stat, truncate } from 'node:fs/promises';
import { limits } from '#blackboard/system/limits.ts';
import { printable } from '#blackboard/text/printable.ts';

/** A writer of one agent's transcript. */
export const createTranscript = (path: string, onError: (error: unknown) => void): ((text: string) => Promise<void>) =>
  createRotatedLog(path, limits.transcriptBytesMax, onError);

/**
 * A writer of any such file, with printable text only. Appends in the order of the calls. A full disk loses lines here,
 * never work.
 */
export function createRotatedLog(
  path: string,
  bytesMax: number,
  onError: (error: unknown) => void,
): (text: string) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return text => {
    last = last.then(async () => {
      try {
        await appendFile(path, printable(text), { mode: 0o600 });
        if ((await stat(path)).size > bytesMax) await rotate(path);
      } catch (error) {
        onError(error);
      }
    });
    return last;
  };
}

/** A reader that follows the file keeps its place: same inode, shorter. */
async function rotate(path: string): Promise<void> {
  await copyFile(path, `${path}.1`);
  await truncate(path, 0);
}
