/**
 * What looks at files came to, kept from one process to the next: it counts while each of those files and directories is the one that
 * it was then, unchanged. Only a hint: without it all is read again, so it may be deleted at any time. For those who look at thousands.
 */
import { dirname } from 'node:path';
import type { Files } from '#blackboard/system/files.ts';
import { readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { replaceCopy } from '#blackboard/system/record.ts';
import { parseObject } from '#blackboard/text/json.ts';

export interface Remembered {
  /**
   * What `look` found when `paths` were last as they are now, or what it finds now. `paths`: everything that it depends on; names in
   * a directory count as the directory. `lasts`: whether what was found depends on nothing else, the time included.
   */
  recall<T>(
    key: string,
    paths: () => readonly string[],
    look: () => Promise<T>,
    lasts: (found: T) => boolean,
  ): Promise<T>;
  /** Writes down what was found, where that is worth it. Never fails. */
  keep(): Promise<void>;
}

/** Looks every time. */
export const NOTHING_REMEMBERED: Remembered = { recall: (_key, _paths, look) => look(), keep: async () => {} };

/** How the paths were, and what was found. */
type Entry = [stamp: string, found: unknown];

/** `of`: what all that is remembered depends on beside its paths, in words. */
export async function openRemembered(files: Files, path: string, of: string, nowMs: number): Promise<Remembered> {
  const known = await readKnown(files, path, of);
  const kept: Record<string, Entry> = {};
  let fresh = 0;
  return {
    async recall<T>(
      key: string,
      paths: () => readonly string[],
      look: () => Promise<T>,
      lasts: (found: T) => boolean,
    ): Promise<T> {
      // Before the look: what changes while it looks has another stamp the next time.
      const stamp = await stampOf(files, paths(), nowMs).catch(() => null);
      const before = known[key];
      if (before && before[0] === stamp) {
        kept[key] = before;
        return before[1] as T;
      }
      const found = await look();
      if (stamp === null || !lasts(found)) return found;
      kept[key] = [stamp, found];
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
 * Which files these are and when each was last changed, or null: not all of them are files and directories, or one was changed so
 * lately that another change could leave the same time. Not the mtime, which anybody can set.
 */
async function stampOf(files: Files, paths: readonly string[], nowMs: number): Promise<string | null> {
  let stamp = '';
  for (const path of paths) {
    const facts = await files.facts(path);
    if (facts && ((facts.kind !== 'file' && facts.kind !== 'directory') || facts.changedMs > nowMs - limits.settledMs))
      return null;
    stamp += facts ? `${facts.inode}@${facts.changedMs} ` : '- ';
  }
  return stamp;
}
