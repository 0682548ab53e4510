/** What is still valid on the board for a new reader. */

import type { Cursor } from '#blackboard/board/cursor.ts';
import { decodeEntry, type Entry, visibleEntries } from '#blackboard/board/entry.ts';
import { readLines } from '#blackboard/board/read.ts';
import { listSegments, segmentPath } from '#blackboard/board/segments.ts';
import { settledEnd } from '#blackboard/board/settled.ts';
import type { BoardLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

/** An alert, or an entry with a key or a ttl. Others were news when they were posted. */
export const isStanding = ({ kind, key, expiresAt }: Entry): boolean =>
  kind === 'alert' || key !== undefined || expiresAt !== undefined;

export interface Standing {
  /** In the board's order: what is before the cursor and still valid, and everything visible after it. */
  entries: Entry[];
  /** Where the search began: older entries are not searched. */
  from: Cursor;
  next: Cursor;
}

/**
 * What is valid in the newest `limits.newsBytesMax` of the board, for a reader who begins at `cursor`; null: at the
 * end.
 */
export async function readStanding(
  files: Files,
  board: BoardLayout,
  cursor: Cursor | null,
  nowMs: number,
): Promise<Standing> {
  const from = await nearEnd(files, board, limits.newsBytesMax);
  const all: Entry[] = [];
  const end = await settledEnd(files, board, nowMs);
  const next = await readLines(files, board, from, lines => void all.push(...decode(lines)), { end });
  // Afterwards: what is posted meanwhile is among these, and not among all.
  const fresh = new Set<string>();
  const add = (lines: string[]) => {
    for (const { id } of decode(lines)) fresh.add(id);
  };
  if (cursor) await readLines(files, board, cursor, add, { end });
  const entries = visibleEntries(all, nowMs, 'moves-on').filter(entry => fresh.has(entry.id) || isStanding(entry));
  return { entries, from, next };
}

const decode = (lines: readonly string[]): Entry[] => lines.map(decodeEntry).filter(entry => entry !== null);

/** A position that this many bytes follow, or the beginning; in the middle of a line, that line is lost. */
async function nearEnd(files: Files, board: BoardLayout, bytes: number): Promise<Cursor> {
  let left = bytes;
  const segments = (await listSegments(files, board)).reverse();
  for (const segment of segments) {
    const size = (await files.facts(segmentPath(board, segment)))?.sizeBytes ?? 0;
    if (size >= left) return { segment, offset: size - left };
    left -= size;
  }
  return { segment: segments.at(-1) ?? 1, offset: 0 };
}
