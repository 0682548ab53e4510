/** The order in which drops are taken: the oldest first, then as people count: `task-2` before `task-10`. */

import type { Sightings } from '#blackboard/inbox/stability.ts';
import type { FileFacts, Files } from '#blackboard/system/files.ts';

export interface Waiting {
  name: string;
  path: string;
  /** Known if it was looked at just now; else an earlier look gives its age. */
  facts: FileFacts | null;
}

let natural: Intl.Collator | null = null;

/** Numbers in names compare by value; the rest by code units, so that the order is the same everywhere. */
export function compareNames(a: string, b: string): number {
  natural ??= new Intl.Collator('en', { numeric: true });
  return natural.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** In order. `onGone` is called for a name that does not exist (it may not be UTF-8). */
export async function inOrder(
  files: Files,
  drops: readonly { name: string; path: string }[],
  sightings: Sightings,
  onGone: (drop: { name: string; path: string }) => Promise<void>,
): Promise<Waiting[]> {
  const found: (Waiting & { mtimeMs: number })[] = [];
  for (const drop of drops) {
    const known = sightings.get(drop.path);
    const facts = known ? null : await files.facts(drop.path);
    const mtimeMs = known?.mtimeMs ?? facts?.mtimeMs;
    if (mtimeMs === undefined) await onGone(drop);
    else found.push({ ...drop, facts, mtimeMs });
  }
  return found.sort((a, b) => a.mtimeMs - b.mtimeMs || compareNames(a.name, b.name));
}
