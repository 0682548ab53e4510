/**
 * The newest turn. A listing of turns/ finds it, once; from then on only the turns that may have followed are looked at, so a turn
 * costs the same after 20,000. That finds the same, because turns are numbered one after the other, and because retention
 * puts another word into `turns.swept` before it removes any: while the word is the one from before the listing, no turn that came after it is gone.
 */
import { join } from 'node:path';
import { parseTurnName, sweptPath, turnName } from '#blackboard/layout.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { replaceCopy } from '#blackboard/system/record.ts';

/** What this process has seen of a turns/. Nothing of it outlives the process: `turns.swept` is not fsynced. */
interface Seen {
  newest: number;
  /** The word in `turns.swept` before the listing. */
  swept: string | null;
}

const seenBy = new WeakMap<Files, Map<string, Seen>>();

/** The newest turn's number; 0 if there was none. */
export async function latestTurn(files: Files, turns: string): Promise<number> {
  const seen = seenBy.get(files) ?? new Map<string, Seen>();
  seenBy.set(files, seen);
  const before = seen.get(turns);
  const followed = before ? await follow(files, turns, before) : null;
  const found = followed ?? (await listNewest(files, turns));
  // None at all may be a root that is away for a moment: what it says when it is back is listed.
  if (found.newest > 0) seen.set(turns, found);
  else seen.delete(turns);
  return found.newest;
}

async function listNewest(files: Files, turns: string): Promise<Seen> {
  const swept = await readSwept(files, turns);
  return { newest: await newestListed(files, turns), swept };
}

/** The same for who looks once: from a listing. */
export async function newestListed(files: Files, turns: string): Promise<number> {
  const numbers = (await files.list(turns)).map(parseTurnName).filter(number => number !== null);
  return numbers.reduce((newest, number) => Math.max(newest, number), 0);
}

/** The turns that came after it. null: turns were removed meanwhile, or it is another directory now. */
async function follow(files: Files, turns: string, { newest: first, swept }: Seen): Promise<Seen | null> {
  const isThere = async (number: number) => (await files.facts(join(turns, turnName(number)))) !== null;
  if (!(await isThere(first))) return null;
  let newest = first;
  while (await isThere(newest + 1)) if (++newest - first >= limits.turnsFollowedMax) return null;
  // Asked last: what was not there a moment ago was not removed before that either.
  return (await readSwept(files, turns)) === swept ? { newest, swept } : null;
}

const readSwept = (files: Files, turns: string): Promise<string | null> =>
  readText(files, sweptPath(turns), limits.frontMatterBytesMax);

/** To be called after the turns to be removed were chosen from a listing, and before the first of them is gone. */
export const sayTurnsGo = (files: Files, turns: string): Promise<void> =>
  replaceCopy(files, sweptPath(turns), `${newNonce()}\n`);
