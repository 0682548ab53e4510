/** Posts an entry: when this returns, the entry is on the board, durable and visible to every reader. */
import { join } from 'node:path';
import type { Cursor } from '#blackboard/board/cursor.ts';
import { type Entry, encodeEntry, fitsLine } from '#blackboard/board/entry.ts';
import { removeMarks } from '#blackboard/board/nothing-new.ts';
import { readBoard } from '#blackboard/board/read.ts';
import { appendLine, findSeal, isSealed, openSegment, segmentPath } from '#blackboard/board/segments.ts';
import { formatWriting, parseWriting } from '#blackboard/board/writing.ts';
import { type BoardLayout, boardLayout, rootLayout } from '#blackboard/layout.ts';
import { badDataError, temporaryError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { writeOnce } from '#blackboard/system/record.ts';

/** Who writes, and when; `segmentBytesMax` is for tests. */
export interface Writer {
  self: ProcessIdentity;
  nowMs: number;
  segmentBytesMax?: number;
}

/** Whether the segment's name may not be on disk yet: the writer of its first line has not come to an end. */
async function isNew(files: Files, board: BoardLayout, segment: number): Promise<boolean> {
  const writings = (await files.list(board.writing)).map(parseWriting);
  return writings.some(writing => writing?.segment === segment && writing.offset === 0);
}

/** Makes the board's directories (0700). Repeatable. */
export async function makeBoard(files: Files, root: string): Promise<void> {
  const { home, drop, taken, dead, texts, writing, sealed, marks } = boardLayout(root);
  for (const directory of [home, drop, taken, dead, texts, writing, sealed, marks])
    await files.makeDirectory(directory);
  await files.syncDirectory(home);
  await files.syncDirectory(rootLayout(root).root);
}

/**
 * Posts the entry. Returns its position.
 *
 * On disk: a long text → `writing/<who, where, id>` → readers' marks removed → the line, by one write(2), fsynced →
 * read back. A line behind a seal does not count and is written again in the next segment → `writing/…` removed. A
 * crash before the line leaves nothing; after it, `finishWriting` of the next reader or writer completes the work.
 */
export async function postEntry(files: Files, root: string, entry: Entry, writer: Writer): Promise<Cursor> {
  const board = boardLayout(root);
  if (!(await files.facts(board.marks))) await makeBoard(files, root);
  const short = fitsLine(entry) ? entry : await putTextAside(files, board, entry);
  const writings: string[] = [];
  try {
    for (let tries = 0; tries < limits.appendTriesMax; tries++) {
      const segment = await openSegment(files, board, writer.nowMs, writer.segmentBytesMax);
      const path = segmentPath(board, segment);
      const size = (await files.facts(path))?.sizeBytes ?? 0;
      const writing = join(board.writing, formatWriting({ segment, offset: size, id: entry.id, self: writer.self }));
      await files.makeDirectory(writing);
      // Records of earlier tries stay until the end: a line behind a seal is complete, and only its own record leads to
      // it.
      writings.push(writing);
      if (tries === 0) await removeMarks(files, board);
      const offset = await appendLine(files, path, encodeEntry(short), { sync: true });
      if (size === 0 || (await isNew(files, board, segment))) await files.syncDirectory(board.home);
      const seal = (await isSealed(files, board, segment)) ? await findSeal(files, board, segment) : null;
      if (seal === null || offset < seal) return { segment, offset };
    }
    throw temporaryError('the board was sealed again and again while one entry was written');
  } finally {
    for (const writing of writings) await files.remove(writing);
  }
}

/**
 * The same for an entry that may be repeated after a crash: first looks for its id, from the position recorded before
 * the first attempt.
 */
export async function postOnce(
  files: Files,
  root: string,
  entry: Entry,
  recorded: Cursor,
  writer: Writer,
): Promise<'posted' | 'exists'> {
  const { entries } = await readBoard(files, boardLayout(root), recorded);
  if (entries.some(({ id }) => id === entry.id)) return 'exists';
  await postEntry(files, root, entry, writer);
  return 'posted';
}

/** Writes the whole text to `texts/<id>`; the line keeps its beginning. */
async function putTextAside(files: Files, board: BoardLayout, entry: Entry): Promise<Entry> {
  const bytes = Buffer.byteLength(entry.text);
  if (bytes > limits.entryTextBytesMax)
    throw badDataError(
      `the text has ${bytes} bytes, and ${limits.entryTextBytesMax} are allowed on the board`,
      'Write it to a file and post its path: agent-runner post "…" --ref <path>',
    );
  // "exists": from an earlier try of the same entry, because the id is its own.
  await writeOnce(files, join(board.texts, entry.id), entry.text);
  return { ...entry, text: headOf(entry.text), long: { bytes } };
}

/** Never ends inside a surrogate pair. */
const headOf = (text: string): string => text.slice(0, limits.entryHeadCharsMax).replace(/[\ud800-\udbff]$/, '');

/** The whole text of an entry, or the part in its line if the file beside it is gone. */
export async function entryText(files: Files, root: string, entry: Entry): Promise<string> {
  if (!entry.long) return entry.text;
  return (
    (await readText(files, join(boardLayout(root).texts, entry.id), limits.entryTextBytesMax)) ?? `${entry.text}\n[…]`
  );
}
