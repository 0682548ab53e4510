/**
 * Marks of processes: files that a process refreshes while it is alive. For a process in another container or on
 * another host, nothing else can be known. They decide only what a mistake does not harm (who runs an agent, who waits
 * for an answer), and never whether a turn's child has ended.
 */
import { stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isAlive, isElsewhere, type ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { processName } from '#blackboard/system/process-place.ts';

/** Refreshes the mark until the returned function is called. Does not keep the process alive. */
export function keepFresh(path: string): () => void {
  const timer = setInterval(() => {
    const now = new Date(systemClock.nowMs());
    // Missing together with its root, or removed: it is refreshed again when that is possible.
    utimes(path, now, now).catch(() => {});
  }, limits.markRefreshMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Whether it has not been refreshed (or, if it is written once, is so old) for so long that its process is gone. */
export async function isStale(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => null);
  return facts === null || systemClock.nowMs() - facts.mtimeMs > limits.markStaleMs;
}

/** Whether the process with this mark is alive: by the process table if it is visible there, else by its mark. */
export async function livesByMark(identity: ProcessIdentity, path: string): Promise<boolean> {
  return isElsewhere(identity) ? !(await isStale(path)) : isAlive(identity);
}

/** The mark of a runner. */
export const runnerMark = (root: string, identity: ProcessIdentity): string =>
  join(rootLayout(root).runners, `${processName(identity)}.json`);

/** Whether that runner lives. */
export const isRunnerAlive = (root: string, identity: ProcessIdentity): Promise<boolean> =>
  livesByMark(identity, runnerMark(root, identity));
