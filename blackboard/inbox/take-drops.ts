/**
 * Takes drops from a directory, for inboxes and the board, the oldest first: stable (size and mtime unchanged over two
 * looks) → renamed into the directory of taken drops, under a name with a new id → checked again there, and not open for
 * writing → adopted, as a message or an entry of that id. After a crash at any point the next call continues. Knows
 * nothing of what a drop becomes.
 */
import { dirname, join } from 'node:path';
import { inOrder, type Waiting } from '#blackboard/inbox/drop-order.ts';
import { failedBefore, isStable, noteFailure, type Sightings, seedSighting } from '#blackboard/inbox/stability.ts';
import { isTreeStable } from '#blackboard/inbox/tree-stability.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { FileFacts, Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { faultOfEntry, type LeftDrop } from '#blackboard/system/one-entry.ts';

export interface Settled {
  /** Drops that were adopted or buried. */
  taken: number;
  /** Whether drops are left that are not stable yet, or that come after the last one of this call: look again soon. */
  unstable: boolean;
  /** What can neither be taken nor put aside. It does not hold up the others, and is reported with what fixes it. */
  left: LeftDrop[];
}

export interface Taking {
  files: Files;
  clock: Clock;
  sightings: Sightings;
  /** The caller looks only once, so the time since the file's mtime counts. */
  once?: boolean | undefined;
  /** How many drops are taken in one call, including those taken earlier. */
  atOnce?: number | undefined;
}

/** What the name of a taken drop tells. */
export interface TakenDrop {
  id: string;
  /** Its own name, cleaned. */
  name: string;
}

/** What differs between an inbox and the board. */
export interface DropPlace<T extends TakenDrop> {
  /** The directory of taken drops. */
  taken: string;
  dead: string;
  /** null: not the name of a taken drop. */
  parse(entry: string): T | null;
  /** The path in `taken` for a drop that is renamed now. */
  pathFor(name: string): Promise<string>;
  /** Makes of it what it is to be, or returns why it cannot: then it is buried. A repetition finds what is done. */
  adopt(path: string, facts: FileFacts, drop: T): Promise<string | null>;
  bury(path: string, name: string, reason: string): Promise<void>;
  /** What something other than a file is not: `work`, `an entry`. */
  noun: string;
  /** Only drops belong in `taken`: what else is there is buried. */
  isOnlyForDrops: boolean;
  /** The directories whose names change when a drop is taken. */
  sources: readonly string[];
  /** The directories that `adopt` writes to: if these work, a failure is the drop's own fault. */
  targets: readonly string[];
}

export async function settleDrops<T extends TakenDrop>(
  taking: Taking,
  drops: readonly { name: string; path: string }[],
  place: DropPlace<T>,
): Promise<Settled> {
  const { files, sightings } = taking;
  const settled: Settled = { taken: 0, unstable: false, left: [] };
  const present = new Set(drops.map(({ path }) => path));
  for (const path of sightings.keys()) if (!present.has(path) && dirname(path) !== place.taken) sightings.delete(path);
  const renamed = new Set<string>();
  const waiting = await inOrder(files, drops, sightings, async ({ name, path }) => {
    // The first of them renames all of them: they are seen at the next look.
    if (renamed.has(dirname(path)) || !name.includes('\uFFFD')) return;
    renamed.add(dirname(path));
    if ((await files.renameUndecodable(dirname(path))) > 0) settled.unstable = true;
  });
  const { atOnce = limits.dropsPerLook } = taking;
  // Includes what an earlier, hurried look has left. One more is taken in any case, because those may be stuck.
  const before = taking.atOnce === undefined ? 0 : Math.min((await listTaken(files, place)).length, atOnce - 1);
  let moved = 0;
  for (const drop of waiting) {
    if (before + moved >= atOnce) {
      settled.unstable = true;
      break;
    }
    // Only what is moved counts: what is not stable, or cannot be taken, holds up nothing after it.
    const came = await takeUp(taking, drop, place);
    if (typeof came !== 'string') settled.left.push(came);
    if (came === 'unstable') settled.unstable = true;
    if (came === 'taken' || came === 'buried') moved++;
    if (came === 'buried') settled.taken++;
  }
  const isRenamed = before + moved > 0 || (place.isOnlyForDrops && (await listTaken(files, place)).length > 0);
  const unsynced = isRenamed ? [place.taken, ...place.sources] : [];
  const durable = Promise.all(unsynced.map(directory => files.syncDirectory(directory)));
  durable.catch(() => {});
  await adoptTaken(taking, place, settled, durable);
  return settled;
}

const listTaken = async <T extends TakenDrop>(files: Files, place: DropPlace<T>): Promise<string[]> =>
  (await files.list(place.taken)).filter(entry => place.isOnlyForDrops || place.parse(entry) !== null).sort();

/** What becomes of one drop. Its failure is no reason to skip the others. */
async function takeUp<T extends TakenDrop>(
  { files, clock, sightings, once = false }: Taking,
  drop: Waiting,
  place: DropPlace<T>,
): Promise<'taken' | 'buried' | 'unstable' | 'gone' | LeftDrop> {
  const { name, path } = drop;
  const facts = drop.facts ?? (await files.facts(path));
  if (!facts) return 'gone';
  const kind = facts.kind === 'file' || facts.kind === 'directory' ? facts.kind : 'other';
  if (once && kind === 'file') seedSighting(sightings, path, facts, clock.monotonicMs(), clock.nowMs());
  const failed = failedBefore(sightings, path, facts, clock.monotonicMs());
  if (failed !== null) return { name, path, kind, errno: failed };
  try {
    if (kind === 'file' && facts.links > 1 && (await isTaken(files, place, facts.inode))) {
      await files.remove(path);
      return 'gone';
    }
    const stable =
      kind === 'directory'
        ? await isTreeStable(files, sightings, path, facts, clock, once)
        : kind !== 'file' || isStable(sightings, path, facts, clock.monotonicMs());
    if (!stable) return 'unstable';
    if (kind !== 'file') {
      await place.bury(path, name, `a ${facts.kind} is ${place.noun}: drop a regular file`);
      return 'buried';
    }
    const errno = await files.obstacle(path, 'read');
    if (errno !== null) return { name, path, kind, errno };
    const taken = await place.pathFor(name);
    if ((await files.move(path, taken)) === 'gone') return 'gone';
    sightings.set(taken, sightings.get(path)!);
    sightings.delete(path);
    return 'taken';
  } catch (error) {
    const errno = await faultOfEntry(files, error, [dirname(path), place.taken, place.dead]);
    noteFailure(sightings, path, facts, errno, clock.monotonicMs());
    return { name, path, kind, errno };
  }
}

/** After a power loss, the name of a taken drop can reappear (relocate.ts). */
async function isTaken<T extends TakenDrop>(files: Files, place: DropPlace<T>, inode: number): Promise<boolean> {
  for (const entry of await listTaken(files, place))
    if ((await files.facts(join(place.taken, entry)))?.inode === inode) return true;
  return false;
}

/**
 * Adopts the taken drops, in the order in which they were taken: new ones, and those of a dead process. `durable`: the names
 * that they have now are on disk.
 */
async function adoptTaken<T extends TakenDrop>(
  { files, clock, sightings, once = false }: Taking,
  place: DropPlace<T>,
  settled: Settled,
  durable: Promise<unknown>,
): Promise<void> {
  const ready: { path: string; facts: FileFacts; drop: T }[] = [];
  for (const entry of await listTaken(files, place)) {
    const path = join(place.taken, entry);
    const drop = place.parse(entry);
    const facts = await files.facts(path);
    if (!facts) continue;
    const name = drop?.name ?? entry;
    const failed = failedBefore(sightings, path, facts, clock.monotonicMs());
    if (failed !== null) settled.left.push({ name, path, kind: 'file', errno: failed });
    else if (!drop || (place.isOnlyForDrops && facts.kind !== 'file'))
      await alone(name, path, facts, () => place.bury(path, entry, 'nothing of agent-runner put it there'));
    else {
      if (once) seedSighting(sightings, path, facts, clock.monotonicMs(), clock.nowMs());
      if (isStable(sightings, path, facts, clock.monotonicMs())) ready.push({ path, facts, drop });
      else settled.unstable = true;
    }
  }
  const open = await files.openForWriting(ready.map(({ path }) => path));
  // Before anything is made under the ids in these names.
  await durable;
  for (const { path, facts, drop } of ready) {
    if (open.has(path)) settled.unstable = true;
    else
      await alone(drop.name, path, facts, async () => {
        await files.shut(path);
        const problem = await place.adopt(path, facts, drop);
        await (problem === null ? files.remove(path) : place.bury(path, drop.name, problem));
        sightings.delete(path);
        settled.taken++;
      });
  }

  /** A failure of one drop leaves that drop where it is; the others continue. */
  async function alone(name: string, path: string, facts: FileFacts, effect: () => Promise<void>): Promise<void> {
    try {
      await effect();
    } catch (error) {
      const errno = await faultOfEntry(files, error, [place.taken, ...place.targets]);
      noteFailure(sightings, path, facts, errno, clock.monotonicMs());
      settled.left.push({ name, path, kind: 'file', errno });
    }
  }
}
