/** Finishes the entries of dead writers: a complete line behind a seal is written again. */

import type { Cursor } from '#blackboard/board/cursor.ts';
import { decodeEntry, type Entry } from '#blackboard/board/entry.ts';
import { postEntry, type Writer } from '#blackboard/board/post.ts';
import { readBoard } from '#blackboard/board/read.ts';
import { findSeal, segmentPath } from '#blackboard/board/segments.ts';
import { takeOverWriting, type Writing } from '#blackboard/board/writing.ts';
import { boardLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { isAlive, type ProcessIdentity } from '#blackboard/system/process-identity.ts';

/**
 * Anybody may call it, at any time and repeatedly; after a crash the next caller continues. Returns how many entries
 * there were.
 */
export async function finishWriting(
  files: Files,
  root: string,
  writer: Writer,
  isLiving: (identity: ProcessIdentity) => Promise<boolean> = isAlive,
): Promise<number> {
  const board = boardLayout(root);
  const left = await takeOverWriting(files, root, writer.self, isLiving);
  for (const { writing, path } of left) {
    const { entries } = await readBoard(files, board, await countingFrom(files, root, writing));
    if (!entries.some(({ id }) => id === writing.id)) {
      const lost = await wholeLine(files, root, writing);
      // A compare-and-set counts where it stands, or not at all: nobody waits for it any more.
      if (lost && lost.readTo === undefined) await postEntry(files, root, lost, writer);
    }
    // The name of the segment that it began may not be on disk, and others wrote to it since.
    if (writing.offset === 0) await files.syncDirectory(board.home);
    await files.remove(path);
  }
  return left.length;
}

/**
 * The position from which its line would count. A position behind the seal does not: reading from there would miss the
 * seal.
 */
async function countingFrom(files: Files, root: string, { segment, offset }: Writing): Promise<Cursor> {
  const seal = await findSeal(files, boardLayout(root), segment);
  return seal !== null && seal <= offset ? { segment: segment + 1, offset: 0 } : { segment, offset };
}

/**
 * The entry as written in its segment, before or behind the seal; null: its writer died before the line was complete.
 */
async function wholeLine(files: Files, root: string, writing: Writing): Promise<Entry | null> {
  const bytes = await files.read(segmentPath(boardLayout(root), writing.segment), { offset: writing.offset });
  const lines = bytes ? Buffer.from(bytes).toString('utf8').split('\n').slice(0, -1) : [];
  for (const line of lines) {
    const entry = line.includes(writing.id) ? decodeEntry(line) : null;
    if (entry?.id === writing.id) return entry;
  }
  return null;
}
