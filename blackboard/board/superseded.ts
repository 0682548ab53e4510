/**
 * Which lines of a compare-and-set count. Its poster appends the line without a lock; the order of the lines decides. A line with
 * `readTo` counts only if no other value of its topic and key that counts lies between that place and itself, in one
 * segment. What stands before a line never changes any more, so every reader at every time finds the same, also after the segments
 * before it were cleared.
 */
import { type Cursor, parseCursor } from '#blackboard/board/cursor.ts';
import { decodeEntry, type Entry } from '#blackboard/board/entry.ts';
import { segmentPath } from '#blackboard/board/segments.ts';
import type { BoardLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';

const NEWLINE = 10;
const MAYBE = '"readTo":"';

interface Line {
  /** Byte offset in its segment. */
  offset: number;
  text: string;
}

/** A value of the key, and from where on nothing may have come between; null: it was posted without a condition. */
interface Value {
  offset: number;
  from: number | null;
}

/** The lines of a piece that begins at `place` and ends behind a line, without those that do not count. */
export async function withoutSuperseded(
  files: Files,
  board: BoardLayout,
  place: Cursor,
  bytes: Buffer,
): Promise<string[]> {
  if (!bytes.includes(MAYBE)) return bytes.toString('utf8').split('\n').slice(0, -1);
  const counting: string[] = [];
  for (const { offset, text } of linesOf(bytes, place.offset)) {
    const entry = text.includes(MAYBE) ? decodeEntry(text) : null;
    if (!entry || !(await isSuperseded(files, board, { ...place, offset }, entry))) counting.push(text);
  }
  return counting;
}

/** Whether the entry that stands at `place` came too late, so that it does not count. */
export async function isSuperseded(files: Files, board: BoardLayout, place: Cursor, entry: Entry): Promise<boolean> {
  if (entry.readTo === undefined) return false;
  const own = fromOf(place, entry);
  if (own === null) return true;
  let from = own;
  for (;;) {
    const read = await files.read(segmentPath(board, place.segment), { offset: from, bytesMax: place.offset - from });
    const values = valuesIn(Buffer.from(read ?? []), from, place.segment, entry);
    // Whether one of these counts may depend on what stands still further ahead.
    const first = Math.min(from, ...values.map(value => value.from ?? from));
    if (first === from) return countingIn(values).some(offset => offset >= own);
    from = first;
  }
}

/** The values of the entry's topic and key, without those whose own condition can never be met. */
const valuesIn = (bytes: Buffer, start: number, segment: number, { topic, key }: Entry): Value[] =>
  linesOf(bytes, start).flatMap(({ offset, text }): Value[] => {
    const entry = decodeEntry(text);
    if (!entry || entry.key !== key || entry.topic !== topic) return [];
    if (entry.readTo === undefined) return [{ offset, from: null }];
    const from = fromOf({ segment, offset }, entry);
    return from === null ? [] : [{ offset, from }];
  });

/** The offsets of those that count. */
function countingIn(values: readonly Value[]): number[] {
  const counting: number[] = [];
  for (const { offset, from } of values)
    if (from === null || !counting.some(other => other >= from)) counting.push(offset);
  return counting;
}

/** The offset from which on nothing may have come between, in the line's own segment; null: it is elsewhere. */
function fromOf({ segment, offset }: Cursor, { readTo = '' }: Entry): number | null {
  const place = parseCursor(readTo);
  return place?.segment === segment && place.offset <= offset ? place.offset : null;
}

function linesOf(bytes: Buffer, start: number): Line[] {
  const lines: Line[] = [];
  for (let at = 0, end = bytes.indexOf(NEWLINE); end >= 0; at = end + 1, end = bytes.indexOf(NEWLINE, at))
    lines.push({ offset: start + at, text: bytes.toString('utf8', at, end) });
  return lines;
}
