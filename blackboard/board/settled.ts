/**
 * How far a reader may go that writes down how far it went. An entry is readable before it is on disk. After a loss of power it may
 * be gone, and the next entry would stand where the reader has been: it would never be shown.
 */
import { join } from 'node:path';
import { type Cursor, isBefore } from '#blackboard/board/cursor.ts';
import { listSegments, segmentPath } from '#blackboard/board/segments.ts';
import { parseWriting, type Writing } from '#blackboard/board/writing.ts';
import type { BoardLayout } from '#blackboard/layout.ts';
import type { Deadline } from '#blackboard/system/deadline.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

/**
 * The end of what is on disk. An entry that is just being written is left for the next look. When its writer was stopped for more
 * than a second, the board is fsynced instead, so that nobody waits. A caller with a `deadline` (a hook) has no time for an fsync. It
 * reads on after some minutes, when the kernel has long written the entry back. `nowMs`: Unix milliseconds.
 */
export async function settledEnd(
  files: Files,
  board: BoardLayout,
  nowMs: number,
  deadline?: Deadline,
): Promise<Cursor> {
  const segment = (await listSegments(files, board)).at(-1) ?? 1;
  // Before the writers: who writes behind this size is not read, and who has ended since had fsynced.
  let end: Cursor = { segment, offset: (await files.facts(segmentPath(board, segment)))?.sizeBytes ?? 0 };
  const youngMs = deadline ? limits.writingYoungHookMs : limits.writingYoungMs;
  const stopped: Writing[] = [];
  for (const name of await files.list(board.writing)) {
    const writing = parseWriting(name);
    if (!writing || !isBefore(writing, end)) continue;
    const facts = await files.facts(join(board.writing, name));
    if (!facts) continue;
    const ageMs = nowMs - facts.mtimeMs;
    if (ageMs >= 0 && ageMs < youngMs) end = { segment: writing.segment, offset: writing.offset };
    else if (!deadline) stopped.push(writing);
  }
  const behind = new Set(stopped.filter(writing => isBefore(writing, end)).map(writing => writing.segment));
  for (const each of behind) await files.syncFile(segmentPath(board, each));
  if (behind.size > 0) await files.syncDirectory(board.home);
  return end;
}
