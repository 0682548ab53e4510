/** Takes the board's drops: a file that any program puts into board/drop/ becomes an entry once it is complete. */
import { join } from 'node:path';
import { type Cursor, formatCursor, parseCursor } from '#blackboard/board/cursor.ts';
import { readDropText } from '#blackboard/board/drop-text.ts';
import type { Entry } from '#blackboard/board/entry.ts';
import { removeMarks } from '#blackboard/board/nothing-new.ts';
import { makeBoard, postOnce } from '#blackboard/board/post.ts';
import { endOfBoard } from '#blackboard/board/read.ts';
import { buryFile } from '#blackboard/inbox/bury.ts';
import { cleanName } from '#blackboard/inbox/clean-name.ts';
import { type DropNames, sortDropNames } from '#blackboard/inbox/never-work.ts';
import type { Sightings } from '#blackboard/inbox/stability.ts';
import { type Settled, settleDrops, type TakenDrop, type Taking } from '#blackboard/inbox/take-drops.ts';
import { type BoardLayout, boardLayout, rootLayout } from '#blackboard/layout.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import { copyFile } from '#blackboard/system/copy-file.ts';
import type { FileFacts, Files } from '#blackboard/system/files.ts';
import { isMessageId, newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { faultOfEntry } from '#blackboard/system/one-entry.ts';
import type { ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { textOf } from '#blackboard/text/text-encoding.ts';

/**
 * A taken drop is `taken/<id>,<board's end>,<name>`: before it is posted under that id, the id is searched for from that
 * position on.
 */
export async function settleBoardDrops(
  files: Files,
  root: string,
  clock: Clock,
  sightings: Sightings,
  { self, ...options }: Pick<Taking, 'once' | 'atOnce'> & { self: ProcessIdentity },
): Promise<Settled> {
  const board = boardLayout(root);
  const drops = (await listBoardDrops(files, root)).map(name => ({ name, path: join(board.drop, name) }));
  if (drops.length === 0 && (await files.list(board.taken)).length === 0)
    return { taken: 0, unstable: false, left: [] };
  if (!(await files.facts(board.marks))) await makeBoard(files, root);
  const grave = { dead: board.dead, peer: null, events: rootLayout(root).events };
  return settleDrops({ files, clock, sightings, ...options }, drops, {
    taken: board.taken,
    dead: board.dead,
    parse: parseTaken,
    async pathFor(name) {
      const path = join(board.taken, takenName(newId(clock.nowMs()), await endOfBoard(files, board), name));
      // After a crash between here and its posting, readers look again and find it in taken/.
      await removeMarks(files, board);
      return path;
    },
    adopt: (path, facts, drop) => postDrop(files, root, path, facts, drop, { self, nowMs: clock.nowMs() }),
    bury: (path, name, reason) => buryFile(files, grave, path, name, reason, clock.nowMs(), ''),
    noun: 'no entry',
    isOnlyForDrops: true,
    sources: [],
    targets: [board.texts, board.dead],
  });
}

/** Names in drop/ that wait to be taken. */
export const listBoardDrops = async (files: Files, root: string): Promise<string[]> =>
  (await sortBoardDrops(files, root)).work;

/** The same, and those that are left there because of their names. */
export const sortBoardDrops = async (files: Files, root: string): Promise<DropNames> =>
  sortDropNames(files, await files.list(boardLayout(root).drop), boardLayout(root).config);

/** Posts it; a sentence: why it is not an entry. */
async function postDrop(
  files: Files,
  root: string,
  path: string,
  facts: FileFacts,
  { id, recorded, name }: Taken,
  writer: { self: ProcessIdentity; nowMs: number },
): Promise<string | null> {
  const board = boardLayout(root);
  if (facts.sizeBytes === 0) return 'the file is empty: there is nothing to say';
  const base = { id, at: new Date(writer.nowMs).toISOString(), from: OPERATOR };
  const bytes = facts.sizeBytes <= limits.entryTextBytesMax ? await files.read(path) : null;
  const text = bytes && textOf(bytes);
  if (text === null) {
    const ref = join(board.texts, `${id}-${name}`);
    // Removed meanwhile, by a person or by the process that posted it: there is nothing to report.
    if (!(await keepText(files, board, path, ref))) return null;
    const what: Entry = { ...base, kind: 'artifact', text: `${name} (${facts.sizeBytes} bytes)`, ref };
    await postOnce(files, root, what, recorded, writer);
  } else {
    const read = readDropText(text);
    if (read.kind === 'held') return read.reason;
    const { ttlMs, kind = 'note', ...said } = read.entry;
    const expires = ttlMs === undefined ? {} : { expiresAt: new Date(writer.nowMs + ttlMs).toISOString() };
    await postOnce(files, root, { ...base, kind, ...said, ...expires }, recorded, writer);
  }
  return null;
}

interface Taken extends TakenDrop {
  /** The board's end before its first attempt. */
  recorded: Cursor;
}

const takenName = (id: string, end: Cursor, name: string): string => `${id},${formatCursor(end)},${cleanName(name)}`;

function parseTaken(entry: string): Taken | null {
  const [, id = '', place = '', name = ''] = /^([^,]+),([^,]+),(.*)$/s.exec(entry) ?? [];
  const recorded = parseCursor(place);
  return isMessageId(id) && recorded ? { id, recorded, name } : null;
}

/**
 * Keeps the file for its entry: a link, or a copy if no link may be made (another owner's file:
 * fs.protected_hardlinks). False: the file is gone. "exists": from an earlier attempt that died, because the name
 * contains the id.
 */
async function keepText(files: Files, board: BoardLayout, path: string, ref: string): Promise<boolean> {
  try {
    if ((await files.link(path, ref)) === 'gone') return false;
  } catch (error) {
    await faultOfEntry(files, error, [board.taken, board.texts]);
    copyFile(path, ref);
  }
  await files.syncDirectory(board.texts);
  return true;
}
