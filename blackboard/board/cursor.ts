/** A position on the board: a segment, and the byte offset of the beginning of a line in it. Pure. */

export interface Cursor {
  /** Number of the segment, from 1. */
  segment: number;
  /** Bytes. */
  offset: number;
}

/** The very beginning. */
export const BOARD_START: Cursor = { segment: 1, offset: 0 };

/** `12:34567`: short enough for a file name, an intent or a command line. */
export const formatCursor = (cursor: Cursor): string => `${cursor.segment}:${cursor.offset}`;

/** null for anything that `formatCursor` does not make. */
export function parseCursor(text: string): Cursor | null {
  const match = /^(\d{1,9}):(\d{1,15})$/.exec(text.trim());
  const segment = Number(match?.[1]);
  return match && segment >= 1 ? { segment, offset: Number(match[2]) } : null;
}

export const isBefore = (a: Cursor, b: Cursor): boolean =>
  a.segment < b.segment || (a.segment === b.segment && a.offset < b.offset);

/** Six digits, so that `ls` sorts them. */
export const segmentName = (segment: number): string => `${String(segment).padStart(6, '0')}.jsonl`;

/** The number of a segment's file, or null for any other name. */
export function parseSegmentName(name: string): number | null {
  const number = Number(/^(\d{6,9})\.jsonl$/.exec(name)?.[1]);
  return number >= 1 && segmentName(number) === name ? number : null;
}
