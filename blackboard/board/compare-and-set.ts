/**
 * Posts a value of a key only while the newest value is the one that its poster knows. No lock and no wait: each appends its line,
 * and of those who knew the same value the first line counts (superseded.ts). A poster that dies leaves a line that counts or does not,
 * like any other.
 */
import { type Cursor, formatCursor } from '#blackboard/board/cursor.ts';
import type { Entry } from '#blackboard/board/entry.ts';
import { entriesBackward } from '#blackboard/board/history.ts';
import { postEntry, type Writer } from '#blackboard/board/post.ts';
import { endOfBoard } from '#blackboard/board/read.ts';
import { openSegment } from '#blackboard/board/segments.ts';
import { isSuperseded } from '#blackboard/board/superseded.ts';
import { boardLayout } from '#blackboard/layout.ts';
import { temporaryError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';

/** posted: the entry as it stands on the board · lost: the newest value is another one, null if there is none. */
export type Swap = { kind: 'posted'; entry: Entry; place: Cursor } | { kind: 'lost'; current: Entry | null };

/** The newest value of a key of a topic (an entry without a topic has keys of its own), expired or not; null: there is none. */
export async function newestValue(
  files: Files,
  root: string,
  { topic, key }: Pick<Entry, 'topic' | 'key'>,
): Promise<Entry | null> {
  for await (const entry of entriesBackward(files, boardLayout(root)))
    if (entry.key === key && entry.topic === topic) return entry;
  return null;
}

/**
 * Posts the entry, which has a key, if `isExpected` says so of the newest value. What counts is decided within one segment: an entry
 * that came into the next one does not count, and is posted again under another id.
 */
export async function compareAndSet(
  files: Files,
  root: string,
  entry: Entry,
  isExpected: (current: Entry | null) => boolean,
  writer: Writer,
): Promise<Swap> {
  const board = boardLayout(root);
  for (let tries = 0; tries < limits.appendTriesMax; tries++) {
    // The end is asked for first: a value that comes after it is met by the look at the newest, or makes this line too late.
    await openSegment(files, board, writer.nowMs, writer.segmentBytesMax);
    const end = await endOfBoard(files, board);
    const current = await newestValue(files, root, entry);
    if (!isExpected(current)) return { kind: 'lost', current };
    const id = tries === 0 ? entry.id : newId(writer.nowMs);
    const line: Entry = { ...entry, id, readTo: formatCursor(end) };
    const place = await postEntry(files, root, line, writer);
    if (!(await isSuperseded(files, board, place, line))) return { kind: 'posted', entry: line, place };
    if (place.segment === end.segment) return { kind: 'lost', current: await newestValue(files, root, entry) };
  }
  throw temporaryError('the board was sealed again and again while one value of a key was set');
}
