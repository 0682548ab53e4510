/**
 * Takes drops from a directory, the oldest first, each once it is complete: for inboxes and the board. Knows nothing of
 * what a drop becomes.
 */

import type { Waiting } from '#blackboard/inbox/drop-order.ts';
import { failedBefore, isStable, noteFailure, type Sightings, seedSighting } from '#blackboard/inbox/stability.ts';
import { isTreeStable } from '#blackboard/inbox/tree-stability.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { FileFacts, Files } from '#blackboard/system/files.ts';
import { faultOfEntry, type LeftDrop } from '#blackboard/system/one-entry.ts';

export interface TakenDrops {
  /** Renamed to where they are checked once more. */
  takenCount: number;
  /** What is not a regular file, put aside with the reason. */
  buriedCount: number;
  /** Whether drops are left that are not stable yet, or that come after the last one of this call: look again soon. */
  unstable: boolean;
  /** What can neither be taken nor put aside; it does not hold up the others. */
  left: LeftDrop[];
}

/** What differs between the directories that take drops. */
export interface DropPlace {
  /** The name of something that was already taken: it is removed, and is not a drop. */
  isTaken?(facts: FileFacts): Promise<boolean>;
  /** Renames it, with its sighting. */
  take(drop: Waiting, facts: FileFacts): Promise<'taken' | 'gone'>;
  bury(drop: Waiting, facts: FileFacts): Promise<void>;
  /** Where taking and burying write: if these work, a failure is the drop's own fault. */
  directories(path: string): readonly string[];
}

interface Taking {
  files: Files;
  clock: Clock;
  sightings: Sightings;
  /** The caller looks only once, so the time since the file's mtime counts. */
  once: boolean;
}

/**
 * Takes or buries at most `atOnce`. Only those count: what is not stable, or cannot be taken, holds up nothing after
 * it.
 */
export async function takeDrops(
  taking: Taking,
  waiting: readonly Waiting[],
  atOnce: number,
  place: DropPlace,
): Promise<TakenDrops> {
  const taken: TakenDrops = { takenCount: 0, buriedCount: 0, unstable: false, left: [] };
  for (const drop of waiting) {
    if (taken.takenCount + taken.buriedCount >= atOnce) return { ...taken, unstable: true };
    const came = await takeUp(taking, drop, place);
    if (typeof came !== 'string') taken.left.push(came);
    if (came === 'unstable') taken.unstable = true;
    if (came === 'buried') taken.buriedCount++;
    if (came === 'taken') taken.takenCount++;
  }
  return taken;
}

/** What becomes of one drop. Its failure is no reason to skip the others. */
async function takeUp(
  { files, clock, sightings, once }: Taking,
  drop: Waiting,
  place: DropPlace,
): Promise<'taken' | 'buried' | 'unstable' | 'gone' | LeftDrop> {
  const { name, path } = drop;
  const facts = drop.facts ?? (await files.facts(path));
  if (!facts) return 'gone';
  const kind = facts.kind === 'file' || facts.kind === 'directory' ? facts.kind : 'other';
  if (once && kind === 'file') seedSighting(sightings, path, facts, clock.monotonicMs(), clock.nowMs());
  const failed = failedBefore(sightings, path, facts, clock.monotonicMs());
  if (failed !== null) return { name, path, kind, errno: failed };
  try {
    if (await place.isTaken?.(facts)) {
      await files.remove(path);
      return 'gone';
    }
    const stable =
      facts.kind === 'directory'
        ? await isTreeStable(files, sightings, path, facts, clock, once)
        : facts.kind !== 'file' || isStable(sightings, path, facts, clock.monotonicMs());
    if (!stable) return 'unstable';
    const errno = facts.kind === 'file' ? await files.obstacle(path, 'read') : null;
    if (errno !== null) return { name, path, kind, errno };
    if (facts.kind === 'file') return await place.take(drop, facts);
    await place.bury(drop, facts);
    return 'buried';
  } catch (error) {
    const errno = await faultOfEntry(files, error, place.directories(path));
    noteFailure(sightings, path, facts, errno, clock.monotonicMs());
    return { name, path, kind, errno };
  }
}
