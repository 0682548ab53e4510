/**
 * The segments of the board: `000001.jsonl`, `000002.jsonl`… Lines are only ever appended. A full segment is closed by
 * a seal: a line after which nothing in that segment counts. The position of the first seal decides, not the time: a
 * writer that was stopped for an hour and then writes behind the seal finds this out by reading back, and writes again
 * in the next segment.
 */
import { join } from 'node:path';
import { parseSegmentName, segmentName } from '#blackboard/board/cursor.ts';
import type { BoardLayout } from '#blackboard/layout.ts';
import { localDay } from '#blackboard/system/clock.ts';
import { temporaryError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

const NEWLINE = 10;
const SEAL = /^\{"seal":\d+\}$/;

export const segmentPath = (board: BoardLayout, segment: number): string => join(board.home, segmentName(segment));

/** Numbers of the existing segments, oldest first. */
export async function listSegments(files: Files, board: BoardLayout): Promise<number[]> {
  const numbers = (await files.list(board.home)).map(parseSegmentName).filter(number => number !== null);
  return numbers.sort((a, b) => a - b);
}

/** Whether somebody has begun to seal it: only then can it contain a seal. */
export const isSealed = async (files: Files, board: BoardLayout, segment: number): Promise<boolean> =>
  (await files.facts(join(board.sealed, String(segment)))) !== null;

export const sealLine = (segment: number): string => `{"seal":${segment}}`;

const isSeal = (line: string): boolean => SEAL.test(line);

/**
 * The segment that is written now. One that is full, or of an earlier day, is sealed first. The segment need not exist
 * yet.
 */
export async function openSegment(
  files: Files,
  board: BoardLayout,
  nowMs: number,
  segmentBytesMax: number = limits.segmentBytesMax,
): Promise<number> {
  let segment = (await listSegments(files, board)).at(-1) ?? 1;
  while (await isSealed(files, board, segment)) await seal(files, board, segment++);
  const facts = await files.facts(segmentPath(board, segment));
  if (!facts || facts.sizeBytes === 0) return segment;
  if (facts.sizeBytes < segmentBytesMax && localDay(facts.mtimeMs) === localDay(nowMs)) return segment;
  await seal(files, board, segment);
  return segment + 1;
}

/**
 * Seals it, or finishes what another process began. The directory is made first: from then on, writers look for the
 * seal.
 */
export async function seal(files: Files, board: BoardLayout, segment: number): Promise<void> {
  await files.makeDirectory(join(board.sealed, String(segment)));
  if ((await findSeal(files, board, segment)) !== null) return;
  await appendLine(files, segmentPath(board, segment), sealLine(segment));
}

/** The byte offset of a segment's first seal, or null. Reads the whole segment: called only around a rotation. */
export async function findSeal(files: Files, board: BoardLayout, segment: number): Promise<number | null> {
  const bytes = await files.read(segmentPath(board, segment));
  return bytes ? sealIn(Buffer.from(bytes)) : null;
}

/** The offset of the first seal. */
export function sealIn(bytes: Buffer): number | null {
  for (let at = bytes.indexOf('{"seal":'); at >= 0; at = bytes.indexOf('{"seal":', at + 1)) {
    if (at > 0 && bytes[at - 1] !== NEWLINE) continue;
    const end = bytes.indexOf(NEWLINE, at);
    if (end >= 0 && isSeal(bytes.toString('utf8', at, end))) return at;
  }
  return null;
}

/**
 * Appends a line with one write(2) and reads back that it is complete. First adds a newline that an incomplete write
 * left out. Returns the line's offset. Throws the error of the write, or a temporary error if others damage the file
 * faster than it can be repaired.
 */
export async function appendLine(
  files: Files,
  path: string,
  line: string,
  options: { sync?: boolean } = {},
): Promise<number> {
  const bytes = Buffer.from(`${line}\n`);
  for (let tries = 0; tries < limits.appendTriesMax; tries++) {
    const size = (await files.facts(path))?.sizeBytes ?? 0;
    const last = size > 0 ? await files.read(path, { offset: size - 1, bytesMax: 1 }) : null;
    const isMended = last !== null && last[0] !== NEWLINE;
    await files.append(path, isMended ? `\n${line}\n` : `${line}\n`, options);
    const found = lineAt(Buffer.from((await files.read(path, { offset: size })) ?? []), bytes, isMended);
    if (found !== null) return size + found;
  }
  throw temporaryError(`a line appended to ${path} was torn ${limits.appendTriesMax} times`, 'Look for a full disk.');
}

/** Where the line is in the bytes after the old end, complete and on a line of its own. */
function lineAt(read: Buffer, line: Buffer, startsInside: boolean): number | null {
  for (let at = read.indexOf(line); at >= 0; at = read.indexOf(line, at + 1))
    if (at === 0 ? !startsInside : read[at - 1] === NEWLINE) return at;
  return null;
}
