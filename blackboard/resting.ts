/** Rest: how long a dropped file must not have changed before it is taken for whole. Knows nothing of what it becomes. */
import type { FileFacts } from './files.ts';
import { limits } from './limits.ts';

/** What was seen of a drop at an earlier look. Lives in memory: after a restart each drop rests once more. */
export interface Sighting {
  inode: number;
  sizeBytes: number;
  mtimeMs: number;
  seenAtMs: number;
}
export type Sightings = Map<string, Sighting>;

/** Names that editors and downloads use while they write; never taken. */
export const isUnfinishedName = (name: string): boolean => /^\.|~$|\.(swp|part|crdownload)$/i.test(name);

/** Whether size and mtime are what an earlier look saw, long enough ago; notes them down if not. `nowMs` is monotonic. */
export function hasRested(sightings: Sightings, path: string, facts: FileFacts, nowMs: number): boolean {
  const seen = sightings.get(path);
  const same =
    seen && seen.inode === facts.inode && seen.sizeBytes === facts.sizeBytes && seen.mtimeMs === facts.mtimeMs;
  if (!same) {
    const { inode, sizeBytes, mtimeMs } = facts;
    sightings.set(path, { inode, sizeBytes, mtimeMs, seenAtMs: nowMs });
    return false;
  }
  return nowMs - seen.seenAtMs >= restMs(facts);
}

/**
 * For a process that looks once and ends (a hook, `post`): counts the time since the file's mtime as rest, where the clock
 * says that it lies well in the past. Whoever has it open for writing is asked for after that, as always.
 */
export function seedSighting(
  sightings: Sightings,
  path: string,
  facts: FileFacts,
  nowMs: number,
  wallMs: number,
): void {
  const ageMs = wallMs - facts.mtimeMs;
  if (sightings.has(path) || ageMs < 2 * restMs(facts)) return;
  const { inode, sizeBytes, mtimeMs } = facts;
  sightings.set(path, { inode, sizeBytes, mtimeMs, seenAtMs: nowMs - ageMs });
}

const restMs = ({ sizeBytes }: FileFacts): number => (sizeBytes === 0 ? limits.emptyDropRestMs : limits.dropRestMs);
