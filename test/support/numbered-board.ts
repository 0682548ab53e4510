/**
 * A board that is not ours: one numbered file for each entry, claimed by link(2). It was tried in place of appended segments, by a
 * model check (test/property/numbered-board.test.ts) and a bench (test/bench/numbered-board.bench.ts); docs/guarantees.md says
 * what decided it. A reader keeps the next number, and can keep the id of the last entry that it read.
 */
import { join } from 'node:path';
import { type Files, readText } from '#blackboard/system/files.ts';

/** What a reader has of the board, durably: it was shown everything before `next`. */
export interface NumberedCursor {
  next: number;
  /** The id of entry `next - 1`; null: it does not keep it. */
  last: string | null;
}

export const NUMBERED_START: NumberedCursor = { next: 1, last: null };

/** Entries in one directory. */
const PER_DIRECTORY = 1000;

const directoryOf = (number: number): string => String(Math.floor(number / PER_DIRECTORY)).padStart(6, '0');
export const pathOf = (board: string, number: number): string => join(board, directoryOf(number), String(number));

/** Durable when this returns. `hint`: a number at or below the first free one. */
export async function postNumbered(files: Files, board: string, id: string, text: string, hint = 1): Promise<number> {
  const temporary = join(board, `tmp-${id}`);
  await files.create(temporary, `${id} ${text}`);
  for (let number = hint; ; number++) {
    const path = pathOf(board, number);
    const directory = join(board, directoryOf(number));
    if (!(await files.facts(directory))) await files.makeDirectory(directory);
    if ((await files.link(temporary, path)) !== 'linked') continue;
    await files.syncDirectory(directory);
    // The process that made the directory may not have come to this.
    await files.syncDirectory(board);
    await files.remove(temporary);
    return number;
  }
}

/**
 * The ids that come after the cursor. `checks`: the last id that was read is compared with what stands there now. `settles`: what is
 * read is made durable before it is shown.
 */
export async function readNumbered(
  files: Files,
  board: string,
  from: NumberedCursor,
  { checks, settles }: { checks: boolean; settles: boolean },
): Promise<{ ids: string[]; cursor: NumberedCursor }> {
  const idAt = async (number: number): Promise<string | null> =>
    (await readText(files, pathOf(board, number), 4096))?.split(' ')[0] ?? null;
  const isReplaced = checks && from.last !== null && (await idAt(from.next - 1)) !== from.last;
  const ids: string[] = [];
  let next = isReplaced ? from.next - 1 : from.next;
  for (let id = await idAt(next); id !== null; id = await idAt(next)) {
    ids.push(id);
    if (settles) for (const directory of [join(board, directoryOf(next)), board]) await files.syncDirectory(directory);
    next++;
  }
  return { ids, cursor: { next, last: ids.at(-1) ?? from.last } };
}
