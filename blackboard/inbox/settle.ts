/** Settling: a file dropped into inbox/ by any program becomes a message, once it is whole. */
import { dirname, join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { FileFacts, Files } from '../files.ts';
import { isMessageId, newId } from '../ids.ts';
import type { Inbox } from '../layout.ts';
import { limits } from '../limits.ts';
import { readListing } from '../message-name.ts';
import { hasRested, isUnfinishedName, type Sightings, seedSighting } from '../resting.ts';
import { adoptDrop } from './adopt.ts';
import { buryFile } from './bury.ts';
import { cleanName } from './clean-name.ts';
import { listDrops } from './drops.ts';

export interface Settled {
  /** Messages that are new in `new`, buried files included. */
  taken: number;
  /** Whether drops are left that must rest: look again soon. */
  resting: boolean;
}

/**
 * Takes plain drops: rests (size and mtime unchanged over two looks) → renamed to `tmp/drop-<id>-<name>` → looked at
 * again there, and not open for writing → delivered under that id → the drop is removed. A death anywhere leaves the
 * drop where the next call goes on from: its id stands in its name, so it is never delivered twice. `once`: the caller
 * looks only once, so the time since the file's mtime counts as rest. `foreign`: the names in new that are no message's, where
 * the caller has listed them.
 */
export async function settle(
  files: Files,
  inbox: Inbox,
  clock: Clock,
  sightings: Sightings,
  options: { once?: boolean; foreign?: (() => Promise<readonly string[]>) | undefined } = {},
): Promise<Settled> {
  let taken = 0;
  let resting = false;
  const candidates = await listDrops(files, inbox);
  const foreign = (await options.foreign?.()) ?? readListing(await files.list(inbox.new)).foreign;
  const misplaced = foreign.filter(name => !isUnfinishedName(name));
  const paths = [
    ...candidates.map(name => ({ name, path: join(inbox.inbox, name) })),
    ...misplaced.map(name => ({ name, path: join(inbox.new, name) })),
  ];
  forgetOthers(sightings, inbox, paths);
  let handled = 0;
  // Only what is taken counts: however many must rest (or cannot be looked at), what lies behind them is not held up.
  for (const { name, path } of paths) {
    if (handled >= limits.dropsPerLook) {
      resting = true;
      break;
    }
    const facts = await files.facts(path);
    if (!facts && name.includes('\uFFFD')) resting = (await files.renameUndecodable(dirname(path))) > 0 || resting;
    if (!facts) continue;
    if (options.once) seedSighting(sightings, path, facts, clock.monotonicMs(), clock.nowMs());
    if (facts.kind !== 'file') {
      await buryFile(files, inbox, path, name, `a ${facts.kind} is not work: drop a regular file`, clock.nowMs());
      taken++;
      handled++;
    } else if (facts.links > 1 && (await isTaken(files, inbox, facts.inode))) {
      await files.remove(path);
    } else if (hasRested(sightings, path, facts, clock.monotonicMs())) {
      handled++;
      await takeDrop(files, inbox, path, name, facts, sightings, clock);
    } else resting = true;
  }
  // Before anything is delivered under the ids that stand in the new names.
  if (handled > 0) {
    await files.syncDirectory(inbox.tmp);
    await files.syncDirectory(inbox.inbox);
    if (misplaced.length > 0) await files.syncDirectory(inbox.new);
  }
  const adopted = await adoptTaken(files, inbox, clock, sightings, options);
  return { taken: taken + adopted.taken, resting: resting || adopted.resting };
}

function forgetOthers(sightings: Sightings, inbox: Inbox, paths: readonly { path: string }[]): void {
  if (sightings.size === 0) return;
  const present = new Set(paths.map(({ path }) => path));
  for (const path of sightings.keys())
    if (!present.has(path) && !path.startsWith(join(inbox.tmp, 'drop-'))) sightings.delete(path);
}

async function takeDrop(
  files: Files,
  inbox: Inbox,
  path: string,
  name: string,
  facts: FileFacts,
  sightings: Sightings,
  clock: Clock,
): Promise<void> {
  const taken = join(inbox.tmp, `drop-${newId(clock.nowMs())}-${cleanName(name)}`);
  if ((await files.move(path, taken)) === 'gone') return;
  const seen = sightings.get(path)!;
  sightings.delete(path);
  sightings.set(taken, { ...seen, inode: facts.inode });
}

/** A power loss can bring back the name of a drop that was taken (relocate.ts). */
async function isTaken(files: Files, inbox: Inbox, inode: number): Promise<boolean> {
  for (const entry of await files.list(inbox.tmp))
    if (DROP.test(entry) && (await files.facts(join(inbox.tmp, entry)))?.inode === inode) return true;
  return false;
}

const DROP = /^drop-([0-9a-f-]{36})-(.*)$/s;

/** Delivers what stands in tmp under drop names: fresh ones, and those of a runner that died. */
async function adoptTaken(
  files: Files,
  inbox: Inbox,
  clock: Clock,
  sightings: Sightings,
  options: { once?: boolean },
): Promise<Settled> {
  const ready: { path: string; id: string; name: string }[] = [];
  let resting = false;
  for (const entry of await files.list(inbox.tmp)) {
    const match = DROP.exec(entry);
    if (!match || !isMessageId(match[1]!)) continue;
    const path = join(inbox.tmp, entry);
    const facts = await files.facts(path);
    if (!facts) continue;
    if (options.once) seedSighting(sightings, path, facts, clock.monotonicMs(), clock.nowMs());
    if (hasRested(sightings, path, facts, clock.monotonicMs())) ready.push({ path, id: match[1]!, name: match[2]! });
    else resting = true;
  }
  const open = await files.openForWriting(ready.map(({ path }) => path));
  let taken = 0;
  for (const drop of ready) {
    if (open.has(drop.path)) {
      resting = true;
      continue;
    }
    await adoptDrop(files, inbox, drop, clock.nowMs());
    sightings.delete(drop.path);
    taken++;
  }
  return { taken, resting };
}
