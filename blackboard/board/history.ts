/** Reads the board backward, newest entries first. */

import { decodeEntry, type Entry } from '#blackboard/board/entry.ts';
import { listSegments, sealIn, segmentPath } from '#blackboard/board/segments.ts';
import { isSuperseded } from '#blackboard/board/superseded.ts';
import type { BoardLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';

const NEWLINE = 10;

/**
 * Entries, newest first; the caller takes as many as it needs. Holds one segment in memory. `onTorn`: called for a line
 * that is not an entry.
 */
export async function* entriesBackward(
  files: Files,
  board: BoardLayout,
  onTorn: () => void = () => {},
): AsyncGenerator<Entry> {
  for (const segment of (await listSegments(files, board)).reverse()) {
    const bytes = Buffer.from((await files.read(segmentPath(board, segment))) ?? []);
    let end = sealIn(bytes) ?? bytes.lastIndexOf(NEWLINE) + 1;
    while (end > 0) {
      const start = end < 2 ? 0 : bytes.lastIndexOf(NEWLINE, end - 2) + 1;
      const entry = decodeEntry(bytes.toString('utf8', start, end - 1));
      if (entry) {
        if (!(await isSuperseded(files, board, { segment, offset: start }, entry))) yield entry;
      } else if (end - start > 1) onTorn();
      end = start;
    }
  }
}
