/**
 * Marks of processes: files that a process refreshes while it lives. Of one in another container or on another host they are all
 * that can be known. Only what a mistake does no harm to is decided by them (who looks after an agent, who waits for an answer);
 * whether a turn's child has ended is not.
 */
import { stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isAlive, isElsewhere, type ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { processName } from '#blackboard/system/process-place.ts';

/** Refreshes the mark until the returned function is called. Keeps no process up. */
export function keepFresh(path: string): () => void {
  const timer = setInterval(() => {
    const now = new Date(systemClock.nowMs());
    // Away with its root, or taken back: it is fresh again when it can be.
    utimes(path, now, now).catch(() => {});
  }, limits.markRefreshMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Whether it has not been refreshed (or, of what is written once, has lain there) for so long that its process is gone. */
export async function isStale(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => null);
  return facts === null || systemClock.nowMs() - facts.mtimeMs > limits.markStaleMs;
}

/** Whether the process whose mark this is lives: by the process table where it is in sight, else by its mark. */
export async function livesByMark(identity: ProcessIdentity, path: string): Promise<boolean> {
  return isElsewhere(identity) ? !(await isStale(path)) : isAlive(identity);
}

/** The mark of a runner. */
export const runnerMark = (root: string, identity: ProcessIdentity): string =>
  join(rootLayout(root).runners, `${processName(identity)}.json`);

/** Whether that runner lives. */
export const isRunnerAlive = (root: string, identity: ProcessIdentity): Promise<boolean> =>
  livesByMark(identity, runnerMark(root, identity));
