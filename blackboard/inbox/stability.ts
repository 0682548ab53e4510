/**
 * Stability: how long a dropped file must be unchanged before it counts as complete. Knows nothing of what it becomes.
 */
import type { FileFacts } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

/** What was seen of a drop at an earlier look. Kept in memory: after a restart each drop must be stable again. */
export interface Sighting {
  inode: number;
  sizeBytes: number;
  mtimeMs: number;
  seenAtMs: number;
  /** For a directory: when it was last walked. */
  lookedAtMs?: number;
  /** The errno of the last attempt to take it, and `seenAtMs` when that was. */
  errno?: string;
}
export type Sightings = Map<string, Sighting>;

/**
 * Whether size and mtime are the same as at an earlier look that is long enough ago; records them if not. `nowMs` is
 * monotonic.
 */
export function isStable(
  sightings: Sightings,
  path: string,
  facts: FileFacts,
  nowMs: number,
  forMs = restMs(facts),
): boolean {
  const seen = sightings.get(path);
  const same =
    seen && seen.inode === facts.inode && seen.sizeBytes === facts.sizeBytes && seen.mtimeMs === facts.mtimeMs;
  if (!same) {
    const { inode, sizeBytes, mtimeMs } = facts;
    sightings.set(path, { inode, sizeBytes, mtimeMs, seenAtMs: nowMs });
    return false;
  }
  return nowMs - seen.seenAtMs >= forMs;
}

/**
 * For a process that looks once and ends (a hook, `post`): the time since the file's mtime counts, if the clock puts it
 * well into the past. Whether a process has it open for writing is checked afterwards, as always.
 */
export function seedSighting(
  sightings: Sightings,
  path: string,
  facts: FileFacts,
  nowMs: number,
  wallMs: number,
  forMs = restMs(facts),
): void {
  const ageMs = wallMs - facts.mtimeMs;
  if (sightings.has(path) || ageMs < 2 * forMs) return;
  const { inode, sizeBytes, mtimeMs } = facts;
  sightings.set(path, { inode, sizeBytes, mtimeMs, seenAtMs: nowMs - ageMs });
}

/** Records that it could not be taken. */
export function noteFailure(
  sightings: Sightings,
  path: string,
  { inode, sizeBytes, mtimeMs }: FileFacts,
  errno: string,
  nowMs: number,
): void {
  sightings.set(path, { inode, sizeBytes, mtimeMs, seenAtMs: nowMs, errno });
}

/**
 * The errno of an earlier attempt to take it, if nothing changed since and that is not long ago; null: it may be tried.
 */
export function failedBefore(sightings: Sightings, path: string, facts: FileFacts, nowMs: number): string | null {
  const seen = sightings.get(path);
  if (seen?.errno === undefined) return null;
  const isSame = seen.inode === facts.inode && seen.sizeBytes === facts.sizeBytes && seen.mtimeMs === facts.mtimeMs;
  if (isSame && nowMs - seen.seenAtMs < limits.leftRetryMs) return seen.errno;
  // A directory that could not be moved was stable; it is tried again at once.
  delete seen.errno;
  return null;
}

function restMs({ sizeBytes, mtimeMs, changedMs }: FileFacts): number {
  if (sizeBytes === 0) return limits.emptyDropRestMs;
  return changedMs > mtimeMs ? limits.renamedRestMs : limits.dropRestMs;
}
