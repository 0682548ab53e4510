/**
 * The runners of a root: each says in runners/<pid>.json who it is, and refreshes that file, so that `stop` finds one
 * that has no agents yet.
 */
import { join } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { type ProcessIdentity, selfIdentity } from '#blackboard/system/process-identity.ts';
import { keepFresh, livesByMark, runnerMark } from '#blackboard/system/process-mark.ts';
import { readRecord, replaceFile } from '#blackboard/system/record.ts';
import { rootOwner } from '#runner/agents/root-owner.ts';

/** Registers this process; the returned function removes the entry. */
export async function registerRunner(files: Files, root: string): Promise<() => Promise<void>> {
  const directory = rootLayout(root).runners;
  await files.makeDirectory(directory);
  const self = selfIdentity();
  const path = runnerMark(root, self);
  await replaceFile(files, path, `${JSON.stringify(self)}\n`);
  const letGo = keepFresh(path);
  return async () => {
    letGo();
    await files.remove(path);
  };
}

/** The live runners; files of dead ones are removed. */
export async function liveRunnersOf(files: Files, root: string): Promise<ProcessIdentity[]> {
  const live: ProcessIdentity[] = [];
  for await (const { path, alive } of eachMark(files, root)) {
    if (alive) live.push(alive);
    else await files.remove(path);
  }
  return live;
}

/** What runs in a root: a runner of all agents, some runner, or none. */
export type RootRunners = 'all' | 'some' | 'none';

/** Changes nothing. */
export async function rootRunners(files: Files, root: string): Promise<RootRunners> {
  if (await rootOwner(files, root)) return 'all';
  for await (const { alive } of eachMark(files, root)) if (alive) return 'some';
  return 'none';
}

/** `alive`: the runner whose file it is, if that one is alive. */
async function* eachMark(files: Files, root: string): AsyncGenerator<{ path: string; alive: ProcessIdentity | null }> {
  const directory = rootLayout(root).runners;
  for (const name of await files.list(directory)) {
    if (!/^\d+(-\d+)?\.json$/.test(name)) continue;
    const path = join(directory, name);
    const identity = await readRecord<ProcessIdentity>(files, path).catch(() => null);
    yield { path, alive: identity && (await livesByMark(identity, path)) ? identity : null };
  }
}
