/** Removes a file, or a directory with all that is in it, in small steps. */
import { join } from 'node:path';
import type { Files } from '#blackboard/system/files.ts';

/** Links are not followed. Yields after every effect. */
export async function* removeTree(files: Files, path: string): AsyncGenerator<void> {
  if ((await files.facts(path))?.kind === 'directory')
    for (const entry of await files.list(path)) yield* removeTree(files, join(path, entry));
  await files.remove(path);
  yield;
}
