/**
 * What looks at files came to, kept from one process to the next: it counts while each of those files and directories is the one that
 * it was then, unchanged. Only a hint: without it all is read again, so it may be deleted at any time. For those who look at thousands.
 */
import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Files } from '#blackboard/system/files.ts';
import { readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { replaceCopy } from '#blackboard/system/record.ts';
import { parseObject } from '#blackboard/text/json.ts';

export interface Remembered {
  /**
   * What `look` found when `paths` were last as they are now, or what it finds now. `paths`: everything that it may depend on, or (of
   * what was found) those that must change first; names in a directory count as the directory. `lasts`: whether what was found
   * depends on nothing else, the time included.
   */
  recall<T>(
    key: string,
    paths: (found: T | null) => readonly string[],
    look: () => Promise<T>,
    lasts: (found: T) => boolean,
  ): Promise<T>;
  /** Writes down what was found, where that is worth it. Never fails. */
  keep(): Promise<void>;
}

/** Looks every time. */
export const NOTHING_REMEMBERED: Remembered = { recall: (_key, _paths, look) => look(), keep: async () => {} };

type Stamp = readonly [inode: number, changedMs: number];

/** How the paths were, one stamp after the other, and what was found. */
type Entry = [stamps: readonly number[], found: unknown];

/** `of`: what all that is remembered depends on beside its paths, in words. */
export async function openRemembered(files: Files, path: string, of: string, nowMs: number): Promise<Remembered> {
  const known = await readKnown(files, path, of);
  const kept: Record<string, Entry> = {};
  let fresh = 0;
  return {
    async recall<T>(
      key: string,
      paths: (found: T | null) => readonly string[],
      look: () => Promise<T>,
      lasts: (found: T) => boolean,
    ): Promise<T> {
      const before = known[key];
      if (before && areStill(paths(before[1] as T), before[0], nowMs)) {
        kept[key] = before;
        return before[1] as T;
      }
      // Before the look: what changes while it looks has another stamp the next time.
      const stamps = stampsOf(paths(null), nowMs);
      const found = await look();
      if (stamps === null || !lasts(found)) return found;
      const its = paths(found).map(path => stamps.get(path) ?? null);
      if (its.includes(null)) return found;
      kept[key] = [its.flatMap(stamp => stamp ?? []), found];
      fresh++;
      return found;
    },
    async keep() {
      if (fresh < limits.rememberedMin) return;
      try {
        await files.makeDirectory(dirname(path));
        await replaceCopy(files, path, JSON.stringify({ of, known: kept }));
      } catch {
        // A full disk, a read-only root: the next one looks, too.
      }
    },
  };
}

async function readKnown(files: Files, path: string, of: string): Promise<Readonly<Record<string, Entry>>> {
  const text = await readText(files, path, limits.rememberedBytesMax).catch(() => null);
  const written = text === null ? null : (parseObject(text) as { of?: unknown; known?: Record<string, Entry> } | null);
  return written?.of === of ? (written.known ?? {}) : {};
}

/**
 * Which file this is and when it was last changed, or null: it is no file or directory, or it was changed so lately that another
 * change could leave the same time. Not the mtime, which anybody can set. One that is not there is 0 at 0.
 */
function stampOf(path: string, nowMs: number): Stamp | null {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return [0, 0];
  if ((!found.isFile() && !found.isDirectory()) || found.ctimeMs > nowMs - limits.settledMs) return null;
  return [found.ino, found.ctimeMs];
}

/** Whether each is as it was. */
function areStill(paths: readonly string[], stamps: readonly number[], nowMs: number): boolean {
  if (stamps.length !== 2 * paths.length) return false;
  try {
    return paths.every((path, at) => {
      const stamp = stampOf(path, nowMs);
      return stamp !== null && stamp[0] === stamps[2 * at] && stamp[1] === stamps[2 * at + 1];
    });
  } catch {
    return false;
  }
}

/** How each is now; null: that cannot be told of all of them. */
function stampsOf(paths: readonly string[], nowMs: number): Map<string, Stamp | null> | null {
  try {
    return new Map(paths.map(path => [path, stampOf(path, nowMs)]));
  } catch {
    return null;
  }
}
