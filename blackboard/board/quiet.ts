/**
 * "Nothing new", told without a look at the board's size and without comparing times: a reader leaves a mark (a directory with
 * a random name) BEFORE it reads, and everybody who writes removes all marks AFTER writing. While the mark is there and nobody
 * is writing, nothing was written since that reading. Equal timestamps, clocks set back, a million entries: all the same.
 * hooks/entry/hook.sh asks the same questions in the same order, in shell.
 */
import { join } from 'node:path';
import type { Files } from '../files.ts';
import { newNonce } from '../ids.ts';
import type { BoardLayout } from '../layout.ts';
import { limits } from '../limits.ts';

/** A mark to read under: one that is there serves everybody. Take it first, then read. */
export async function takeMark(files: Files, board: BoardLayout): Promise<string> {
  const known = (await files.list(board.marks))[0];
  if (known !== undefined) return known;
  const mark = newNonce().slice(0, limits.markCharsMax);
  await files.makeDirectory(join(board.marks, mark));
  return mark;
}

/** What a writer does once its line stands, and before it says so. */
export async function removeMarks(files: Files, board: BoardLayout): Promise<void> {
  for (const mark of await files.list(board.marks)) await files.remove(join(board.marks, mark));
}

/** Whether whoever read everything under this mark need not read again. Who writes is asked for before the mark is. */
export async function isQuiet(files: Files, board: BoardLayout, mark: string | null): Promise<boolean> {
  for (const busy of [board.drop, board.taken, board.writing]) if ((await files.list(busy)).length > 0) return false;
  return mark !== null && mark !== '' && (await files.facts(join(board.marks, mark))) !== null;
}
