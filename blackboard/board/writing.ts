/**
 * Who is writing to the board: one directory for each entry on its way, whose name says where, what and who. The next
 * reader or writer finishes what a dead writer left: no complete line is ever skipped, and no reader waits for a dead
 * process.
 */
import { join } from 'node:path';
import { boardLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { isMessageId } from '#blackboard/system/ids.ts';
import { isElsewhere, type ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { isStale } from '#blackboard/system/process-mark.ts';

export interface Writing {
  /** The segment, and its size before the line was appended. */
  segment: number;
  offset: number;
  /** The entry's id. */
  id: string;
  self: ProcessIdentity;
}

export const formatWriting = ({ segment, offset, id, self }: Writing): string =>
  [segment, offset, id, self.pid, self.startTime, self.bootId, ...(self.place === undefined ? [] : [self.place])].join(
    ',',
  );

/** null for a name that is not ours. */
export function parseWriting(name: string): Writing | null {
  const match = /^(\d{1,9}),(\d{1,15}),([^,]+),(\d{1,10}),([^,]+),([^,]+)(?:,([^,]+))?$/.exec(name);
  if (!match || !isMessageId(match[3]!)) return null;
  const place = match[7] === undefined ? {} : { place: match[7] };
  const self = { pid: Number(match[4]), startTime: match[5]!, bootId: match[6]!, ...place };
  return { segment: Number(match[1]), offset: Number(match[2]), id: match[3]!, self };
}

/**
 * What dead writers left, taken over by `self`; one rename decides who finishes it. The caller passes each to `finish`
 * and then removes its `path`.
 */
export async function takeOverWriting(
  files: Files,
  root: string,
  self: ProcessIdentity,
  isAlive: (identity: ProcessIdentity) => Promise<boolean>,
): Promise<{ writing: Writing; path: string }[]> {
  const board = boardLayout(root);
  const taken: { writing: Writing; path: string }[] = [];
  for (const name of await files.list(board.writing)) {
    const writing = parseWriting(name);
    const path = join(board.writing, name);
    if (!writing) {
      // Another user's: it would keep every reader on the slow path.
      await files.remove(path).catch(() => {});
      continue;
    }
    // Writing an entry takes milliseconds: one from another machine that is a minute old was left behind.
    if (isElsewhere(writing.self) ? !(await isStale(path)) : await isAlive(writing.self)) continue;
    const ours = join(board.writing, formatWriting({ ...writing, self }));
    if ((await files.move(path, ours)) === 'moved') taken.push({ writing, path: ours });
  }
  return taken;
}
