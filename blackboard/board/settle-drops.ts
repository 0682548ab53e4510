/** Takes the board's drops: a file that any program puts into board/drop/ becomes an entry once it is complete. */
import { join } from 'node:path';
import { type Cursor, formatCursor, parseCursor } from '#blackboard/board/cursor.ts';
import { readDropText } from '#blackboard/board/drop-text.ts';
import type { Entry } from '#blackboard/board/entry.ts';
import { removeMarks } from '#blackboard/board/nothing-new.ts';
import { makeBoard, postOnce } from '#blackboard/board/post.ts';
import { endOfBoard } from '#blackboard/board/read.ts';
import { cleanName } from '#blackboard/inbox/clean-name.ts';
import { alreadyTaken, inOrder } from '#blackboard/inbox/drop-order.ts';
import { type DropNames, sortDropNames } from '#blackboard/inbox/never-work.ts';
import { failedBefore, isStable, noteFailure, type Sightings, seedSighting } from '#blackboard/inbox/stability.ts';
import { type DropPlace, takeDrops } from '#blackboard/inbox/take-drops.ts';
import { type BoardLayout, boardLayout } from '#blackboard/layout.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import { copyFile } from '#blackboard/system/copy-file.ts';
import type { FileFacts, Files } from '#blackboard/system/files.ts';
import { isMessageId, newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { faultOfEntry, type LeftDrop } from '#blackboard/system/one-entry.ts';
import type { ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { writeOnce } from '#blackboard/system/record.ts';

export interface SettledDrops {
  /** Entries posted, and drops buried. */
  taken: number;
  /** Whether drops are left that are not stable yet: look again soon. */
  unstable: boolean;
  /** What can neither be taken nor put aside; it does not hold up the others. */
  left: LeftDrop[];
}

/**
 * Takes drops: stable → renamed to `taken/<id>,<board's end>,<name>` → checked again there, and not open for writing →
 * posted under that id, after a search for the id from that position on → the drop is removed. After a crash at any
 * point the next call continues. `once`: the caller looks only once, so the time since the file's mtime counts.
 * `atOnce`: how many are taken in one call, including those taken earlier.
 */
export async function settleBoardDrops(
  files: Files,
  root: string,
  clock: Clock,
  sightings: Sightings,
  options: { self: ProcessIdentity; once?: boolean; atOnce?: number },
): Promise<SettledDrops> {
  const board = boardLayout(root);
  const settled: SettledDrops = { taken: 0, unstable: false, left: [] };
  const names = await listBoardDrops(files, root);
  if (names.length === 0 && (await files.list(board.taken)).length === 0) return settled;
  if (!(await files.facts(board.marks))) await makeBoard(files, root);
  const look: Look = { files, root, board, clock, sightings, self: options.self, once: options.once === true };
  const drops = names.map(name => ({ name, path: join(board.drop, name) }));
  const waiting = await inOrder(files, drops, sightings, async ({ name }) => {
    if (name.includes('\uFFFD') && (await files.renameUndecodable(board.drop)) > 0) settled.unstable = true;
  });
  const before = await alreadyTaken(options.atOnce, () => files.list(board.taken));
  const taken = await takeDrops(look, waiting, (options.atOnce ?? limits.dropsPerLook) - before, placeOf(look));
  settled.taken += taken.buriedCount;
  settled.unstable ||= taken.unstable;
  settled.left.push(...taken.left);
  if (before + taken.takenCount + taken.buriedCount > 0 || (await files.list(board.taken)).length > 0) {
    await files.syncDirectory(board.taken);
    await postTaken(look, settled);
  }
  return settled;
}

/** Names in drop/ that wait to be taken. */
export const listBoardDrops = async (files: Files, root: string): Promise<string[]> =>
  (await sortBoardDrops(files, root)).work;

/** The same, and those that are left there because of their names. */
export const sortBoardDrops = async (files: Files, root: string): Promise<DropNames> =>
  sortDropNames(files, await files.list(boardLayout(root).drop), boardLayout(root).config);

interface Look {
  files: Files;
  root: string;
  board: BoardLayout;
  clock: Clock;
  sightings: Sightings;
  self: ProcessIdentity;
  once: boolean;
}

const placeOf = ({ files, board, clock, sightings }: Look): DropPlace => ({
  async take({ name, path }) {
    const to = join(board.taken, takenName(newId(clock.nowMs()), await endOfBoard(files, board), name));
    // After a crash between here and its posting, readers look again and find it in taken/.
    await removeMarks(files, board);
    const moved = await files.move(path, to);
    if (moved === 'moved') sightings.set(to, sightings.get(path)!);
    sightings.delete(path);
    return moved === 'moved' ? 'taken' : 'gone';
  },
  bury: ({ name, path }, { kind }) =>
    bury(files, board, path, name, `a ${kind} is no entry: drop a regular file`, clock.nowMs()),
  directories: () => [board.drop, board.taken, board.dead],
});

/** Posts what is in taken/, in the order in which it was taken: new ones, and those of a dead process. */
async function postTaken(
  { files, root, board, clock, sightings, self, once }: Look,
  settled: SettledDrops,
): Promise<void> {
  const ready: { path: string; facts: FileFacts; drop: Taken }[] = [];
  for (const entry of (await files.list(board.taken)).sort()) {
    const path = join(board.taken, entry);
    const drop = parseTaken(entry);
    const facts = await files.facts(path);
    if (!facts) continue;
    const name = drop?.name ?? entry;
    const failed = failedBefore(sightings, path, facts, clock.monotonicMs());
    if (failed !== null) settled.left.push({ name, path, kind: 'file', errno: failed });
    else if (!drop || facts.kind !== 'file')
      await alone(async () => bury(files, board, path, entry, 'nothing of agent-runner put it there', clock.nowMs()), {
        name,
        path,
        facts,
      });
    else {
      if (once) seedSighting(sightings, path, facts, clock.monotonicMs(), clock.nowMs());
      if (isStable(sightings, path, facts, clock.monotonicMs())) ready.push({ path, facts, drop });
      else settled.unstable = true;
    }
  }
  const open = await files.openForWriting(ready.map(({ path }) => path));
  for (const { path, facts, drop } of ready) {
    if (open.has(path)) {
      settled.unstable = true;
      continue;
    }
    await alone(
      async () => {
        await postDrop(files, root, path, facts, drop, { self, nowMs: clock.nowMs() });
        sightings.delete(path);
        settled.taken++;
      },
      { name: drop.name, path, facts },
    );
  }

  /** A failure of one drop leaves that drop where it is; the others continue. */
  async function alone(
    effect: () => Promise<void>,
    { name, path, facts }: { name: string; path: string; facts: FileFacts },
  ): Promise<void> {
    try {
      await effect();
    } catch (error) {
      const errno = await faultOfEntry(files, error, [board.taken, board.texts, board.dead]);
      noteFailure(sightings, path, facts, errno, clock.monotonicMs());
      settled.left.push({ name, path, kind: 'file', errno });
    }
  }
}

async function postDrop(
  files: Files,
  root: string,
  path: string,
  facts: FileFacts,
  { id, recorded, name }: Taken,
  writer: { self: ProcessIdentity; nowMs: number },
): Promise<void> {
  const board = boardLayout(root);
  await files.shut(path);
  if (facts.sizeBytes === 0) {
    await bury(files, board, path, name, 'the file is empty: there is nothing to say', writer.nowMs);
    return;
  }
  const base = { id, at: new Date(writer.nowMs).toISOString(), from: OPERATOR };
  const text = facts.sizeBytes <= limits.entryTextBytesMax ? textOf(await files.read(path)) : null;
  if (text === null) {
    const ref = join(board.texts, `${id}-${name}`);
    // Removed meanwhile, by a person or by the process that posted it: there is nothing to report.
    if (!(await keepText(files, board, path, ref))) return;
    const what: Entry = { ...base, kind: 'artifact', text: `${name} (${facts.sizeBytes} bytes)`, ref };
    await postOnce(files, root, what, recorded, writer);
  } else {
    const read = readDropText(text);
    if (read.kind === 'held') {
      await bury(files, board, path, name, read.reason, writer.nowMs);
      return;
    }
    const { ttlMs, kind = 'note', ...said } = read.entry;
    const expires = ttlMs === undefined ? {} : { expiresAt: new Date(writer.nowMs + ttlMs).toISOString() };
    await postOnce(files, root, { ...base, kind, ...said, ...expires }, recorded, writer);
  }
  await files.remove(path);
}

interface Taken {
  id: string;
  /** The board's end before its first attempt. */
  recorded: Cursor;
  name: string;
}

const takenName = (id: string, end: Cursor, name: string): string => `${id},${formatCursor(end)},${cleanName(name)}`;

function parseTaken(entry: string): Taken | null {
  const [, id = '', place = '', name = ''] = /^([^,]+),([^,]+),(.*)$/s.exec(entry) ?? [];
  const recorded = parseCursor(place);
  return isMessageId(id) && recorded ? { id, recorded, name } : null;
}

/** UTF-8 without NUL, or null. */
function textOf(bytes: Uint8Array | null): string | null {
  if (!bytes || bytes.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
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

/** Nothing is deleted because it could not be read. The reason is written first, then the drop is renamed. */
async function bury(files: Files, board: BoardLayout, path: string, name: string, reason: string, nowMs: number) {
  const dead = join(board.dead, `${newId(nowMs)}-${cleanName(name)}`);
  // No reason without its drop: the drop stays where it is, or belongs to another process by now.
  const takeBack = () => files.remove(`${dead}.reason`);
  // "exists" cannot be: the name has a new id.
  await writeOnce(files, `${dead}.reason`, `${reason}\n`);
  const moved = await files.move(path, dead).catch(async error => {
    await takeBack().catch(() => {});
    throw error;
  });
  if (moved === 'gone') await takeBack();
  await files.syncDirectory(board.dead);
}
