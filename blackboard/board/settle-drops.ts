/** Settling the board's drops: a file put into board/drop/ by any program becomes an entry, once it is whole. */
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { FileFacts, Files } from '../files.ts';
import { isMessageId, newId } from '../ids.ts';
import { cleanName } from '../inbox/clean-name.ts';
import { type BoardLayout, boardLayout } from '../layout.ts';
import { limits } from '../limits.ts';
import { OPERATOR } from '../peers.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import { writeOnce } from '../record.ts';
import { hasRested, isUnfinishedName, type Sightings, seedSighting } from '../resting.ts';
import { type Cursor, formatCursor, parseCursor } from './cursor.ts';
import { readDropText } from './drop-text.ts';
import type { Entry } from './entry.ts';
import { makeBoard, postOnce } from './post.ts';
import { removeMarks } from './quiet.ts';
import { endOfBoard } from './read.ts';

export interface SettledDrops {
  /** Entries posted, and drops buried. */
  taken: number;
  /** Whether drops are left that must rest: look again soon. */
  resting: boolean;
}

/**
 * Takes drops: rests → renamed to `taken/<id>,<board's end>,<name>` → looked at again there, and not open for writing →
 * posted under that id, looked for first from that place on → the drop is removed. A death anywhere leaves it where the next
 * call goes on. `once`: the caller looks only once, so the time since the file's mtime counts as rest.
 */
export async function settleBoardDrops(
  files: Files,
  root: string,
  clock: Clock,
  sightings: Sightings,
  options: { self: ProcessIdentity; once?: boolean },
): Promise<SettledDrops> {
  const board = boardLayout(root);
  const names = (await files.list(board.drop)).filter(name => !isUnfinishedName(name));
  if (names.length === 0 && (await files.list(board.taken)).length === 0) return { taken: 0, resting: false };
  if (!(await files.facts(board.marks))) await makeBoard(files, root);
  let taken = 0;
  let resting = names.length > limits.dropsPerLook;
  for (const name of names.slice(0, limits.dropsPerLook)) {
    const path = join(board.drop, name);
    const facts = await files.facts(path);
    if (!facts && name.includes('\uFFFD')) resting = (await files.renameUndecodable(board.drop)) > 0 || resting;
    if (!facts) continue;
    if (options.once) seedSighting(sightings, path, facts, clock.monotonicMs(), clock.nowMs());
    if (facts.kind !== 'file') {
      await bury(files, board, path, name, `a ${facts.kind} is no entry: drop a regular file`, clock.nowMs());
      taken++;
    } else if (hasRested(sightings, path, facts, clock.monotonicMs())) {
      const to = join(board.taken, takenName(newId(clock.nowMs()), await endOfBoard(files, board), name));
      // A death between here and its posting: readers look again, and find it in taken/.
      await removeMarks(files, board);
      if ((await files.move(path, to)) === 'moved') sightings.set(to, sightings.get(path)!);
      sightings.delete(path);
    } else resting = true;
  }
  await files.syncDirectory(board.taken);
  const posted = await postTaken(files, root, clock, sightings, options);
  return { taken: taken + posted.taken, resting: resting || posted.resting };
}

/** Posts what stands in taken/: fresh ones, and those of a process that died. */
async function postTaken(
  files: Files,
  root: string,
  clock: Clock,
  sightings: Sightings,
  { self, once }: { self: ProcessIdentity; once?: boolean },
): Promise<SettledDrops> {
  const board = boardLayout(root);
  const ready: { path: string; facts: FileFacts; drop: Taken }[] = [];
  let resting = false;
  for (const entry of await files.list(board.taken)) {
    const path = join(board.taken, entry);
    const drop = parseTaken(entry);
    const facts = await files.facts(path);
    if (!facts) continue;
    if (!drop || facts.kind !== 'file') {
      await bury(files, board, path, entry, 'nothing of agent-runner put it there', clock.nowMs());
      continue;
    }
    if (once) seedSighting(sightings, path, facts, clock.monotonicMs(), clock.nowMs());
    if (hasRested(sightings, path, facts, clock.monotonicMs())) ready.push({ path, facts, drop });
    else resting = true;
  }
  const open = await files.openForWriting(ready.map(({ path }) => path));
  let taken = 0;
  for (const { path, facts, drop } of ready) {
    if (open.has(path)) {
      resting = true;
      continue;
    }
    await postDrop(files, root, path, facts, drop, { self, nowMs: clock.nowMs() });
    sightings.delete(path);
    taken++;
  }
  return { taken, resting };
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
  if (facts.sizeBytes === 0) {
    await bury(files, board, path, name, 'the file is empty: there is nothing to say', writer.nowMs);
    return;
  }
  const base = { id, at: new Date(writer.nowMs).toISOString(), from: OPERATOR };
  const text = facts.sizeBytes <= limits.entryTextBytesMax ? textOf(await files.read(path)) : null;
  if (text === null) {
    const ref = join(board.texts, `${id}-${name}`);
    await files.link(path, ref);
    await files.syncDirectory(board.texts);
    const what: Entry = { ...base, kind: 'artifact', text: `${name} (${facts.sizeBytes} bytes)`, ref };
    await postOnce(files, root, what, recorded, writer);
  } else {
    const { ttlMs, kind = 'note', ...said } = readDropText(text);
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
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Nothing is deleted because it could not be read. The reason first, then the rename. */
async function bury(files: Files, board: BoardLayout, path: string, name: string, reason: string, nowMs: number) {
  const dead = join(board.dead, `${newId(nowMs)}-${cleanName(name)}`);
  await writeOnce(files, `${dead}.reason`, `${reason}\n`);
  await files.move(path, dead);
  await files.syncDirectory(board.dead);
}
