/** Reading the board forward, from a cursor to the end. Nothing new costs one stat, whatever the size. */

import type { Cursor } from '#blackboard/board/cursor.ts';
import { decodeEntry, type Entry } from '#blackboard/board/entry.ts';
import { isSeal, isSealed, listSegments, seal, segmentPath } from '#blackboard/board/segments.ts';
import type { BoardLayout } from '#blackboard/layout.ts';
import type { Deadline } from '#blackboard/system/deadline.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

export interface BoardRead {
  entries: Entry[];
  /** Where the next reading goes on: after the last whole line. */
  next: Cursor;
  /** Lines that are no entries: torn by a crash, or written by something else. */
  torn: number;
}

const NEWLINE = 10;

/** Everything from the cursor to the end. A torn tail is left for the next reading: it may still be growing. */
export async function readBoard(files: Files, board: BoardLayout, from: Cursor): Promise<BoardRead> {
  const entries: Entry[] = [];
  let torn = 0;
  const next = await readLines(files, board, from, lines => {
    for (const line of lines) {
      const entry = decodeEntry(line);
      if (entry) entries.push(entry);
      else if (line !== '') torn++;
    }
  });
  return { entries, next, torn };
}

/**
 * The lines from the cursor to the end, piece by piece, seals and what stands behind them left out. Returns the new cursor. With a
 * deadline that is over it stops behind the piece it has read.
 */
export async function readLines(
  files: Files,
  board: BoardLayout,
  from: Cursor,
  take: (lines: string[]) => void,
  deadline?: Deadline,
): Promise<Cursor> {
  let cursor = from;
  for (;;) {
    const facts = await files.facts(segmentPath(board, cursor.segment));
    if (!facts) {
      const moved = await afterMissing(files, board, cursor);
      if (!moved) return cursor;
      cursor = moved;
      continue;
    }
    if (facts.sizeBytes === cursor.offset) return cursor;
    // Shorter than what was read: somebody has cut it. What is there is read again rather than missed.
    if (facts.sizeBytes < cursor.offset) cursor = { ...cursor, offset: 0 };
    const piece = await readPiece(files, board, cursor);
    if (!piece) return cursor;
    take(piece.lines);
    cursor = piece.next;
    if (deadline?.isOver()) return cursor;
  }
}

/** One piece of whole lines, up to a seal; null where there is no whole line. */
async function readPiece(
  files: Files,
  board: BoardLayout,
  { segment, offset }: Cursor,
): Promise<{ lines: string[]; next: Cursor } | null> {
  const read = await files.read(segmentPath(board, segment), { offset, bytesMax: limits.boardChunkBytes });
  const bytes = Buffer.from(read ?? []);
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  if (end === 0) {
    // No line of ours is that long: it is rubbish, and its end will be torn as well.
    if (bytes.length < limits.boardChunkBytes) return null;
    return { lines: ['(a line without an end)'], next: { segment, offset: offset + bytes.length } };
  }
  const lines = bytes.toString('utf8', 0, end).split('\n');
  lines.pop();
  const sealed = lines.findIndex(isSeal);
  if (sealed >= 0) return { lines: lines.slice(0, sealed), next: { segment: segment + 1, offset: 0 } };
  return { lines, next: { segment, offset: offset + end } };
}

/** Where to go on when the cursor's segment is not there: not begun yet (null), cleared away, or the whole board begun anew. */
async function afterMissing(files: Files, board: BoardLayout, { segment }: Cursor): Promise<Cursor | null> {
  const segments = await listSegments(files, board);
  const later = segments.find(number => number > segment);
  if (later !== undefined) return { segment: later, offset: 0 };
  const newest = segments.at(-1);
  if (newest === undefined || newest === segment) return null;
  if (newest === segment - 1 && (await isSealed(files, board, newest))) return null;
  return { segment: segments[0]!, offset: 0 };
}

/** The end, for a reader that begins now: it is shown what is posted from here on. */
export async function endOfBoard(files: Files, board: BoardLayout): Promise<Cursor> {
  for (let segment = (await listSegments(files, board)).at(-1) ?? 1; ; segment++) {
    const size = (await files.facts(segmentPath(board, segment)))?.sizeBytes ?? 0;
    // Looked at after the size: without a seal now, there was none before that place.
    if (!(await isSealed(files, board, segment)))
      return { segment, offset: await lineStart(files, board, segment, size) };
    await seal(files, board, segment);
  }
}

/** The beginning of the line that the offset lies in. */
async function lineStart(files: Files, board: BoardLayout, segment: number, size: number): Promise<number> {
  const offset = Math.max(0, size - 2 * limits.entryBytesMax);
  const read = await files.read(segmentPath(board, segment), { offset, bytesMax: size - offset });
  const end = Buffer.from(read ?? []).lastIndexOf(NEWLINE);
  return end >= 0 ? offset + end + 1 : offset;
}
