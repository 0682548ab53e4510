/** The runners of a root: each says in runners/<pid>.json who it is, so that `stop` finds one that has no agents yet, and refreshes it. */
import { join } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { type ProcessIdentity, selfIdentity } from '#blackboard/system/process-identity.ts';
import { keepFresh, livesByMark, runnerMark } from '#blackboard/system/process-mark.ts';
import { readRecord, replaceFile } from '#blackboard/system/record.ts';

/** Registers this process; the returned function takes it back. */
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

/** The runners that live; what dead ones left behind is removed. */
export async function liveRunnersOf(files: Files, root: string): Promise<ProcessIdentity[]> {
  const directory = rootLayout(root).runners;
  const live: ProcessIdentity[] = [];
  for (const name of await files.list(directory)) {
    if (!/^\d+(-\d+)?\.json$/.test(name)) continue;
    const path = join(directory, name);
    const identity = await readRecord<ProcessIdentity>(files, path).catch(() => null);
    if (identity && (await livesByMark(identity, path))) live.push(identity);
    else await files.remove(path);
  }
  return live;
}
