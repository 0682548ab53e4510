/** Reads the board forward, from a cursor to the end. Without news this costs one stat, whatever the size. */

import { type Cursor, isBefore } from '#blackboard/board/cursor.ts';
import { decodeEntry, type Entry } from '#blackboard/board/entry.ts';
import { isSealed, listSegments, seal, sealIn, segmentPath } from '#blackboard/board/segments.ts';
import { withoutSuperseded } from '#blackboard/board/superseded.ts';
import type { BoardLayout } from '#blackboard/layout.ts';
import type { Deadline } from '#blackboard/system/deadline.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

export interface BoardRead {
  entries: Entry[];
  /** Where the next read continues: after the last complete line. */
  next: Cursor;
  /** Lines that are not entries: incomplete after a crash, or written by another program. */
  torn: number;
}

const NEWLINE = 10;

/**
 * Everything from the cursor to the end. An incomplete last line is left for the next read: it may still be growing.
 */
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
 * The lines from the cursor to the end, piece by piece, without seals and what follows them. Returns the new cursor.
 * After its deadline it stops behind the piece that it has read. `end`: it reads no further (settled.ts).
 */
export async function readLines(
  files: Files,
  board: BoardLayout,
  from: Cursor,
  take: (lines: string[]) => void,
  { deadline, end }: { deadline?: Deadline | undefined; end?: Cursor | undefined } = {},
): Promise<Cursor> {
  let cursor = from;
  for (;;) {
    if (end && !isBefore(cursor, end)) return cursor;
    const facts = await files.facts(segmentPath(board, cursor.segment));
    if (!facts) {
      const moved = await afterMissing(files, board, cursor);
      if (!moved) return cursor;
      cursor = moved;
      continue;
    }
    if (facts.sizeBytes === cursor.offset) return cursor;
    // Shorter than before: somebody truncated it. Read it again rather than miss something.
    if (facts.sizeBytes < cursor.offset) cursor = { ...cursor, offset: 0 };
    const left = end?.segment === cursor.segment ? end.offset - cursor.offset : Number.POSITIVE_INFINITY;
    const piece = await readPiece(files, board, cursor, Math.min(left, limits.boardChunkBytes));
    if (!piece) return cursor;
    take(piece.lines);
    cursor = piece.next;
    if (deadline?.isOver()) return cursor;
  }
}

/** One piece of complete lines, up to a seal; null if there is no complete line. */
async function readPiece(
  files: Files,
  board: BoardLayout,
  { segment, offset }: Cursor,
  bytesMax: number,
): Promise<{ lines: string[]; next: Cursor } | null> {
  const read = await files.read(segmentPath(board, segment), { offset, bytesMax });
  const bytes = Buffer.from(read ?? []);
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  if (end === 0) {
    // No line of ours is that long: it is garbage, and its end will not parse either.
    if (bytes.length < limits.boardChunkBytes) return null;
    return { lines: ['(a line without an end)'], next: { segment, offset: offset + bytes.length } };
  }
  const seal = sealIn(bytes);
  const lines = await withoutSuperseded(files, board, { segment, offset }, bytes.subarray(0, seal ?? end));
  return { lines, next: seal === null ? { segment, offset: offset + end } : { segment: segment + 1, offset: 0 } };
}

/**
 * Where to continue when the cursor's segment does not exist: not started yet (null), cleared away, or the whole board
 * was created again.
 */
async function afterMissing(files: Files, board: BoardLayout, { segment }: Cursor): Promise<Cursor | null> {
  const segments = await listSegments(files, board);
  const later = segments.find(number => number > segment);
  if (later !== undefined) return { segment: later, offset: 0 };
  const newest = segments.at(-1);
  if (newest === undefined || newest === segment) return null;
  if (newest === segment - 1 && (await isSealed(files, board, newest))) return null;
  return { segment: segments[0]!, offset: 0 };
}

/** The end, for a new reader: it is shown what is posted from here on. */
export async function endOfBoard(files: Files, board: BoardLayout): Promise<Cursor> {
  for (let segment = (await listSegments(files, board)).at(-1) ?? 1; ; segment++) {
    const size = (await files.facts(segmentPath(board, segment)))?.sizeBytes ?? 0;
    // Checked after the size: if there is no seal now, there was none before that position.
    if (!(await isSealed(files, board, segment)))
      return { segment, offset: await lineStart(files, board, segment, size) };
    await seal(files, board, segment);
  }
}

/** The beginning of the line that contains the offset. */
async function lineStart(files: Files, board: BoardLayout, segment: number, size: number): Promise<number> {
  const offset = Math.max(0, size - 2 * limits.entryBytesMax);
  const read = await files.read(segmentPath(board, segment), { offset, bytesMax: size - offset });
  const end = Buffer.from(read ?? []).lastIndexOf(NEWLINE);
  return end >= 0 ? offset + end + 1 : offset;
}
