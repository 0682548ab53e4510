/**
 * Decides "nothing new" without comparing sizes or times. A reader creates a read mark (a directory with a random name)
 * BEFORE it reads, and keeps it only if nobody is writing then. A writer first says in `writing/` that it writes, then
 * removes all marks, then writes. While the mark exists, nothing was written since that read. Equal timestamps, clocks
 * set back, a million entries or a writer that dies at any point make no difference. hooks/entry/hook.sh makes the same
 * check in shell.
 */
import { join } from 'node:path';
import { sortDropNames } from '#blackboard/inbox/never-work.ts';
import type { BoardLayout, SessionLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';

/**
 * A mark to read under; an existing one serves every reader. Take it first, then read. null: an entry is on its way and
 * may arrive after this read without another hint. Looks for drops in the order in which they move: drop/, taken/,
 * writing/.
 */
export async function takeMark(files: Files, board: BoardLayout): Promise<string | null> {
  const mark = (await files.list(board.marks))[0] ?? (await makeMark(files, board));
  if (await isDropWaiting(files, board)) return null;
  for (const busy of [board.taken, board.writing]) if ((await files.list(busy)).length > 0) return null;
  return mark;
}

/** A name that is never work (Thumbs.db) does not make readers look again. */
async function isDropWaiting(files: Files, board: BoardLayout): Promise<boolean> {
  return (await sortDropNames(files, await files.list(board.drop), board.config)).work.length > 0;
}

async function makeMark(files: Files, board: BoardLayout): Promise<string> {
  const mark = newNonce().slice(0, limits.markCharsMax);
  await files.makeDirectory(join(board.marks, mark));
  return mark;
}

/** Called by a writer after it has said that it writes and before it writes, and before a drop is taken. */
export async function removeMarks(files: Files, board: BoardLayout): Promise<void> {
  for (const mark of await files.list(board.marks)) await files.remove(join(board.marks, mark));
}

/** Whether a reader who read everything under this mark has nothing new to read. */
export async function isNothingNew(files: Files, board: BoardLayout, mark: string | null): Promise<boolean> {
  if (await isDropWaiting(files, board)) return false;
  return mark !== null && (await files.facts(join(board.marks, mark))) !== null;
}

/**
 * Remembers that the session read everything under this mark: a link to the mark, which is broken once the mark is
 * removed.
 */
export async function keepMark(files: Files, session: SessionLayout, mark: string): Promise<void> {
  const temporary = `${session.mark}.tmp-${newNonce().slice(0, limits.markCharsMax)}`;
  await files.point(join(session.marks, mark), temporary);
  await files.move(temporary, session.mark);
}
