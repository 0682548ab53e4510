/**
 * Taking what was dropped into a directory, the oldest first, each once it is whole: for inboxes and the board alike. Knows nothing of
 * what a drop becomes.
 */

import type { Waiting } from '#blackboard/inbox/drop-order.ts';
import { failedBefore, isStable, noteFailure, type Sightings, seedSighting } from '#blackboard/inbox/stability.ts';
import { isTreeStable } from '#blackboard/inbox/tree-stability.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { FileFacts, Files } from '#blackboard/system/files.ts';
import { faultOfEntry, type LeftDrop } from '#blackboard/system/one-entry.ts';

export interface TakenDrops {
  /** Renamed to where they are looked at once more. */
  takenCount: number;
  /** What is no regular file, put aside with the reason. */
  buriedCount: number;
  /** Whether drops are left that must rest, or that lie behind the last one of this go: look again soon. */
  resting: boolean;
  /** What can neither be taken nor be put aside: it holds nothing else up. */
  left: LeftDrop[];
}

/** What differs between the places into which things are dropped. */
export interface DropPlace {
  /** A name of what was taken already: it is removed, and is no drop. */
  isTaken?(facts: FileFacts): Promise<boolean>;
  /** Renames it, with its sighting. */
  take(drop: Waiting, facts: FileFacts): Promise<'taken' | 'gone'>;
  bury(drop: Waiting, facts: FileFacts): Promise<void>;
  /** Where taking and burying write: what fails while these are well is the drop's own fault. */
  directories(path: string): readonly string[];
}

interface Taking {
  files: Files;
  clock: Clock;
  sightings: Sightings;
  /** The caller looks only once, so the time since the file's mtime counts as rest. */
  once: boolean;
}

/** Takes or buries at most `atOnce`. Only what is taken counts: what must rest, or cannot be taken, holds up nothing behind it. */
export async function takeDrops(
  taking: Taking,
  waiting: readonly Waiting[],
  atOnce: number,
  place: DropPlace,
): Promise<TakenDrops> {
  const taken: TakenDrops = { takenCount: 0, buriedCount: 0, resting: false, left: [] };
  for (const drop of waiting) {
    if (taken.takenCount + taken.buriedCount >= atOnce) return { ...taken, resting: true };
    const came = await takeUp(taking, drop, place);
    if (typeof came !== 'string') taken.left.push(came);
    if (came === 'resting') taken.resting = true;
    if (came === 'buried') taken.buriedCount++;
    if (came === 'taken') taken.takenCount++;
  }
  return taken;
}

/** What one drop comes to. What fails for it alone is its own, and no reason to look at no other. */
async function takeUp(
  { files, clock, sightings, once }: Taking,
  drop: Waiting,
  place: DropPlace,
): Promise<'taken' | 'buried' | 'resting' | 'gone' | LeftDrop> {
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
    const rested =
      facts.kind === 'directory'
        ? await isTreeStable(files, sightings, path, facts, clock, once)
        : facts.kind !== 'file' || isStable(sightings, path, facts, clock.monotonicMs());
    if (!rested) return 'resting';
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
