/**
 * "Nothing new", told without a look at the board's size and without comparing times. A reader leaves a mark (a directory with
 * a random name) BEFORE it reads, and keeps it only if nobody is writing then; everybody who writes says so in `writing/`, then
 * removes all marks, then writes. While the mark is there, nothing was written since that reading. Equal timestamps, clocks set
 * back, a million entries, a writer that dies anywhere: all the same. hooks/entry/hook.sh asks the same, in shell.
 */
import { join } from 'node:path';
import { sortDropNames } from '#blackboard/inbox/never-work.ts';
import type { BoardLayout, SessionLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';

/**
 * A mark to read under: one that is there serves everybody. Take it first, then read. null: an entry is on its way, and may come
 * after this reading without another word. A drop is looked for where it lies first: it moves from drop/ to taken/ to writing/.
 */
export async function takeMark(files: Files, board: BoardLayout): Promise<string | null> {
  const mark = (await files.list(board.marks))[0] ?? (await makeMark(files, board));
  if (await isDropWaiting(files, board)) return null;
  for (const busy of [board.taken, board.writing]) if ((await files.list(busy)).length > 0) return null;
  return mark;
}

/** What is never work (a Thumbs.db) makes nobody look again and again. */
async function isDropWaiting(files: Files, board: BoardLayout): Promise<boolean> {
  return (await sortDropNames(files, await files.list(board.drop), board.config)).work.length > 0;
}

async function makeMark(files: Files, board: BoardLayout): Promise<string> {
  const mark = newNonce().slice(0, limits.markCharsMax);
  await files.makeDirectory(join(board.marks, mark));
  return mark;
}

/** What a writer does once it has said that it writes, and before it writes; who takes a drop, before it does. */
export async function removeMarks(files: Files, board: BoardLayout): Promise<void> {
  for (const mark of await files.list(board.marks)) await files.remove(join(board.marks, mark));
}

/** Whether whoever read everything under this mark need not read again. */
export async function isNothingNew(files: Files, board: BoardLayout, mark: string | null): Promise<boolean> {
  if (await isDropWaiting(files, board)) return false;
  return mark !== null && (await files.facts(join(board.marks, mark))) !== null;
}

/** Remembers that the session read everything under this mark: a link to it, which leads nowhere once it is removed. */
export async function keepMark(files: Files, session: SessionLayout, mark: string): Promise<void> {
  const temporary = `${session.mark}.tmp-${newNonce().slice(0, limits.markCharsMax)}`;
  await files.point(join(session.marks, mark), temporary);
  await files.move(temporary, session.mark);
}
