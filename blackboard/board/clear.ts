/**
 * Clears old segments from the board. A segment that everybody has read first becomes a stub, which contains only its
 * end line (the seal), and is deleted later. The stub lets a writer that was stopped for weeks find out that it writes
 * behind a seal.
 */
import { basename, dirname, join } from 'node:path';
import { decodeEntry, type Entry } from '#blackboard/board/entry.ts';
import { isSealed, listSegments, sealIn, sealLine, segmentPath } from '#blackboard/board/segments.ts';
import { parseWriting } from '#blackboard/board/writing.ts';
import { type BoardLayout, boardLayout } from '#blackboard/layout.ts';
import { DAY_MS } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { replaceFile } from '#blackboard/system/record.ts';

export interface ClearBoard {
  /** Unix milliseconds: a segment last written before this instant is old. */
  beforeMs: number;
  /** The oldest segment that some reader has not finished: it stays, and so do all later ones. */
  neededFrom: number;
}

const FIRST_LINES_BYTES = 64 * 1024;

/**
 * Never touches the newest segment, an unsealed one, or one that somebody is writing to. After a crash at any point
 * there is less left to clear. Yields after every few effects.
 */
export async function* clearBoard(
  files: Files,
  root: string,
  { beforeMs, neededFrom }: ClearBoard,
): AsyncGenerator<void> {
  const board = boardLayout(root);
  const written = new Set((await files.list(board.writing)).map(name => parseWriting(name)?.segment));
  const segments = await listSegments(files, board);
  for (const segment of segments.slice(0, -1)) {
    if (segment >= neededFrom || written.has(segment)) break;
    const path = segmentPath(board, segment);
    const facts = await files.facts(path);
    const isOld = facts !== null && facts.mtimeMs < beforeMs;
    if (facts && !isOld && facts.sizeBytes === stubOf(segment).length) continue;
    if (!isOld || !(await isSealed(files, board, segment))) break;
    const bytes = Buffer.from((await files.read(path)) ?? []);
    const seal = sealIn(bytes);
    if (seal === null) break;
    if (seal === 0) await files.remove(path);
    else {
      for (const line of bytes.toString('utf8', 0, seal).split('\n')) {
        const text = textOf(board, decodeEntry(line));
        if (text === null) continue;
        await files.remove(text);
        yield;
      }
      await replaceFile(files, path, stubOf(segment));
    }
    yield;
  }
  yield* clearSeals(files, board);
  yield* clearLeftTexts(files, board, beforeMs);
}

const stubOf = (segment: number): string => `${sealLine(segment)}\n`;

/** The file beside the board that belongs to an entry, or null. */
function textOf(board: BoardLayout, entry: Entry | null): string | null {
  if (!entry) return null;
  if (entry.long) return join(board.texts, entry.id);
  const { ref } = entry;
  return ref !== undefined && dirname(ref) === board.texts && basename(ref).startsWith(entry.id) ? ref : null;
}

/** Marks of seals in segments that are gone. */
async function* clearSeals(files: Files, board: BoardLayout): AsyncGenerator<void> {
  const first = (await listSegments(files, board))[0];
  if (first === undefined) return;
  for (const name of await files.list(board.sealed)) {
    if (!/^\d+$/.test(name) || Number(name) >= first) continue;
    await files.remove(join(board.sealed, name));
    yield;
  }
}

/** Texts whose writer died before it wrote the entry's line: they are much older than the oldest line. */
async function* clearLeftTexts(files: Files, board: BoardLayout, beforeMs: number): AsyncGenerator<void> {
  const limitMs = Math.min(beforeMs, ((await oldestEntryMs(files, board)) ?? beforeMs) - DAY_MS);
  for (const name of await files.list(board.texts)) {
    const facts = await files.facts(join(board.texts, name));
    if (facts?.kind !== 'file' || facts.mtimeMs >= limitMs) continue;
    await files.remove(join(board.texts, name));
    yield;
  }
}

async function oldestEntryMs(files: Files, board: BoardLayout): Promise<number | null> {
  for (const segment of await listSegments(files, board)) {
    const bytes = await files.read(segmentPath(board, segment), { bytesMax: FIRST_LINES_BYTES });
    const entries = Buffer.from(bytes ?? [])
      .toString('utf8')
      .split('\n')
      .flatMap(line => decodeEntry(line) ?? []);
    if (entries.length > 0) return Math.min(...entries.map(({ at }) => Date.parse(at)));
  }
  return null;
}
