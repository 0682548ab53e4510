/** Reading the board backward: the newest first, for those who look back. */

import { decodeEntry, type Entry } from '#blackboard/board/entry.ts';
import { listSegments, sealIn, segmentPath } from '#blackboard/board/segments.ts';
import type { BoardLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';

const NEWLINE = 10;

/** Entries, newest first; take as many as you need. Holds one segment in memory. `onTorn`: a line that is no entry. */
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
      if (entry) yield entry;
      else if (end - start > 1) onTorn();
      end = start;
    }
  }
}
