/** Takes an inbox's drops: a file that any program puts into inbox/ becomes a message once it is complete. */
import { dirname, join } from 'node:path';
import { buryFile } from '#blackboard/inbox/bury.ts';
import { cleanName } from '#blackboard/inbox/clean-name.ts';
import { alreadyTaken, inOrder } from '#blackboard/inbox/drop-order.ts';
import { adoptDrop } from '#blackboard/inbox/drop-to-message.ts';
import { listDrops, listTakenDrops } from '#blackboard/inbox/drops.ts';
import { sortDropNames } from '#blackboard/inbox/never-work.ts';
import { failedBefore, isStable, noteFailure, type Sightings, seedSighting } from '#blackboard/inbox/stability.ts';
import { type DropPlace, takeDrops } from '#blackboard/inbox/take-drops.ts';
import type { Inbox } from '#blackboard/layout.ts';
import { readListing } from '#blackboard/messages/message-name.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { FileFacts, Files } from '#blackboard/system/files.ts';
import { isMessageId, newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { faultOfEntry, type LeftDrop } from '#blackboard/system/one-entry.ts';

export interface Settled {
  /** Messages added to `new`, including buried files. */
  taken: number;
  /** Whether drops are left that are not stable yet: look again soon. */
  unstable: boolean;
  /** What can neither be taken nor put aside. It does not hold up the others, and is reported with what fixes it. */
  left: LeftDrop[];
}

interface SettleOptions {
  once?: boolean;
  /** How many drops are taken in one call, including those taken earlier. */
  atOnce?: number | undefined;
}

/**
 * Takes plain drops, the oldest first: stable (size and mtime unchanged over two looks) → renamed to
 * `tmp/drop-<id>-<name>` → checked again there, and not open for writing → delivered under that id → the drop is
 * removed. After a crash at any point the next call continues: the id is in the name, so the drop is never delivered
 * twice. `once`: the caller looks only once, so the time since the file's mtime counts.
 */
export async function settle(
  files: Files,
  inbox: Inbox,
  clock: Clock,
  sightings: Sightings,
  options: SettleOptions = {},
): Promise<Settled> {
  const settled: Settled = { taken: 0, unstable: false, left: [] };
  const candidates = await listDrops(files, inbox);
  const { foreign } = readListing(await files.list(inbox.new));
  const misplaced = foreign.length === 0 ? [] : (await sortDropNames(files, foreign, inbox.config)).work;
  const paths = [
    ...candidates.map(name => ({ name, path: join(inbox.inbox, name) })),
    ...misplaced.map(name => ({ name, path: join(inbox.new, name) })),
  ];
  forgetOthers(sightings, inbox, paths);
  const look: Look = { files, inbox, clock, sightings, once: options.once === true };
  const renamed = new Set<string>();
  const waiting = await inOrder(files, paths, sightings, async ({ name, path }) => {
    // The first of them renames all of them: they are seen at the next look.
    if (renamed.has(dirname(path)) || !name.includes('\uFFFD')) return;
    renamed.add(dirname(path));
    if ((await files.renameUndecodable(dirname(path))) > 0) settled.unstable = true;
  });
  const before = await alreadyTaken(options.atOnce, () => listTakenDrops(files, inbox));
  const taken = await takeDrops(look, waiting, (options.atOnce ?? limits.dropsPerLook) - before, placeOf(look));
  settled.taken += taken.buriedCount;
  settled.unstable ||= taken.unstable;
  settled.left.push(...taken.left);
  // Before anything is delivered under the ids in the new names.
  if (before + taken.takenCount + taken.buriedCount > 0) {
    await files.syncDirectory(inbox.tmp);
    await files.syncDirectory(inbox.inbox);
    if (misplaced.length > 0) await files.syncDirectory(inbox.new);
  }
  await adoptTaken(look, settled);
  return settled;
}

interface Look {
  files: Files;
  inbox: Inbox;
  clock: Clock;
  sightings: Sightings;
  once: boolean;
}

const placeOf = (look: Look): DropPlace => {
  const { files, inbox, clock } = look;
  return {
    isTaken: async facts => facts.links > 1 && facts.kind === 'file' && (await isTaken(files, inbox, facts.inode)),
    take: ({ name, path }, facts) => takeDrop(look, name, path, facts),
    bury: ({ name, path }, { kind }) =>
      buryFile(files, inbox, path, name, `a ${kind} is not work: drop a regular file`, clock.nowMs()),
    directories: path => [dirname(path), inbox.tmp, inbox.dead],
  };
};

function forgetOthers(sightings: Sightings, inbox: Inbox, paths: readonly { path: string }[]): void {
  if (sightings.size === 0) return;
  const present = new Set(paths.map(({ path }) => path));
  for (const path of sightings.keys())
    if (!present.has(path) && !path.startsWith(join(inbox.tmp, 'drop-'))) sightings.delete(path);
}

async function takeDrop(
  { files, inbox, clock, sightings }: Look,
  name: string,
  path: string,
  facts: FileFacts,
): Promise<'taken' | 'gone'> {
  const taken = join(inbox.tmp, `drop-${newId(clock.nowMs())}-${cleanName(name)}`);
  if ((await files.move(path, taken)) === 'gone') return 'gone';
  const seen = sightings.get(path)!;
  sightings.delete(path);
  sightings.set(taken, { ...seen, inode: facts.inode });
  return 'taken';
}

/** After a power loss, the name of a taken drop can reappear (relocate.ts). */
async function isTaken(files: Files, inbox: Inbox, inode: number): Promise<boolean> {
  for (const entry of await files.list(inbox.tmp))
    if (DROP.test(entry) && (await files.facts(join(inbox.tmp, entry)))?.inode === inode) return true;
  return false;
}

const DROP = /^drop-([0-9a-f-]{36})-(.*)$/s;

/** Delivers the drops in tmp, in the order in which they were taken: new ones, and those of a dead runner. */
async function adoptTaken({ files, inbox, clock, sightings, once }: Look, settled: Settled): Promise<void> {
  const ready: { path: string; id: string; name: string; facts: FileFacts }[] = [];
  for (const entry of (await files.list(inbox.tmp)).sort()) {
    const match = DROP.exec(entry);
    if (!match || !isMessageId(match[1]!)) continue;
    const path = join(inbox.tmp, entry);
    const facts = await files.facts(path);
    if (!facts) continue;
    const name = match[2]!;
    const failed = failedBefore(sightings, path, facts, clock.monotonicMs());
    if (failed !== null) settled.left.push({ name, path, kind: 'file', errno: failed });
    else {
      if (once) seedSighting(sightings, path, facts, clock.monotonicMs(), clock.nowMs());
      if (isStable(sightings, path, facts, clock.monotonicMs())) ready.push({ path, id: match[1]!, name, facts });
      else settled.unstable = true;
    }
  }
  const open = await files.openForWriting(ready.map(({ path }) => path));
  for (const drop of ready) {
    if (open.has(drop.path)) {
      settled.unstable = true;
      continue;
    }
    try {
      await adoptDrop(files, inbox, drop, clock.nowMs());
      sightings.delete(drop.path);
      settled.taken++;
    } catch (error) {
      const errno = await faultOfEntry(files, error, [inbox.tmp, inbox.files, inbox.ids, inbox.new]);
      noteFailure(sightings, drop.path, drop.facts, errno, clock.monotonicMs());
      settled.left.push({ name: drop.name, path: drop.path, kind: 'file', errno });
    }
  }
}
