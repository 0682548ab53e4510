/**
 * Stability of a dropped directory: it may still be being copied, so it is left alone until nothing below it changes.
 */
import { join } from 'node:path';
import { isStable, type Sightings, seedSighting } from '#blackboard/inbox/stability.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { FileFacts, Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

interface Tree {
  /** One sighting for the whole tree: any change below shows in it. */
  facts: FileFacts;
  /** Those of its files that were looked at. */
  paths: string[];
}

/**
 * Whether nothing below it has changed for `limits.treeRestMs` and nobody writes a file in it. Looks at no more than
 * `limits.treeEntriesMax` names, and walks the tree no more often than each `limits.treeLookMs`. `once`: the caller looks only once.
 */
export async function isTreeStable(
  files: Files,
  sightings: Sightings,
  path: string,
  top: FileFacts,
  clock: Clock,
  once: boolean,
): Promise<boolean> {
  const seen = sightings.get(path);
  if (seen?.lookedAtMs !== undefined && clock.monotonicMs() - seen.lookedAtMs < limits.treeLookMs) return false;
  const { facts, paths } = await walk(files, path, top);
  if (once) seedSighting(sightings, path, facts, clock.monotonicMs(), clock.nowMs(), limits.treeRestMs);
  const stable = isStable(sightings, path, facts, clock.monotonicMs(), limits.treeRestMs);
  sightings.get(path)!.lookedAtMs = clock.monotonicMs();
  return stable && (await files.openForWriting(paths)).size === 0;
}

async function walk(files: Files, path: string, top: FileFacts): Promise<Tree> {
  const facts = { ...top, sizeBytes: 0 };
  const paths: string[] = [];
  const waiting = [path];
  let names = 0;
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    // What cannot be read counts as unchanged.
    for (const name of await files.list(directory).catch((): string[] => [])) {
      if (++names > limits.treeEntriesMax) return { facts, paths };
      const below = join(directory, name);
      const found = await files.facts(below).catch(() => null);
      if (!found) continue;
      // Names and sizes are summed, and times only grow: a copy never leaves all three unchanged.
      facts.sizeBytes += 1 + found.sizeBytes;
      facts.mtimeMs = Math.max(facts.mtimeMs, found.mtimeMs);
      if (found.kind === 'directory') waiting.push(below);
      else if (found.kind === 'file') paths.push(below);
    }
  }
  return { facts, paths };
}
