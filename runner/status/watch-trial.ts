/**
 * Tests whether the operating system reports changes at all: watches can be refused, and they can be silent. Linux
 * inotify(7) first of all.
 */
import { type FSWatcher, watch } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { networkFileSystemOf } from '#blackboard/root.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { isDenied } from '#blackboard/system/denied.ts';
import { errnoOf } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';

/** Names of the directories for this test; nobody looks at them. */
export const TRIAL_PREFIX = '.watch-trial-';

/**
 * Whether this process can watch all these directories at once, as a runner does: null, or the errno of the first refusal.
 * ENOSPC: this user has no inotify watch left · EMFILE: no inotify instance, or no file descriptor. A directory that is
 * not there, or somebody else's, says nothing of watches. One that the process already watches needs no further watch
 * (inotify_add_watch(2) returns the same one), so at the limit only new directories are refused.
 */
export function refusedWatch(directories: readonly string[]): string | null {
  const open: FSWatcher[] = [];
  try {
    for (const directory of directories) {
      try {
        open.push(watch(directory, { persistent: false }).on('error', () => {}));
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT' && !isDenied(error)) return errnoOf(error) ?? String(error);
      }
    }
    return null;
  } finally {
    for (const watcher of open) watcher.close();
  }
}

/** How a watch fails, in words for a line of the log; `errno` as from {@link refusedWatch}. */
export function refusalSentence(errno: string): string {
  if (errno === 'ENOSPC') return 'no inotify watch is left to this user (fs.inotify.max_user_watches)';
  if (errno === 'EMFILE')
    return 'no inotify instance (fs.inotify.max_user_instances) or file descriptor (ulimit -n) is left';
  return `directories cannot be watched (${errno})`;
}

export const refusalMend = (errno: string): string =>
  REFUSAL_MENDS[errno] ?? 'See why: ls -ld on the directories of the root';

const REFUSAL_MENDS: Readonly<Record<string, string>> = {
  ENOSPC: 'Allow more: sudo sysctl fs.inotify.max_user_watches=524288',
  EMFILE: 'Allow more: sudo sysctl fs.inotify.max_user_instances=512; ulimit -n 4096',
};

/**
 * Makes a change in a new directory below `home` and waits for the event. null: it came, or the test could not be made
 * (then something else says why); else why events are not reliable there.
 */
export async function silenceOf(home: string): Promise<string | null> {
  const network = await networkFileSystemOf(home).catch(() => null);
  if (network) return `${home} lies on ${network}, which does not tell of what other machines change`;
  const directory = await mkdtemp(join(home, TRIAL_PREFIX)).catch(() => null);
  if (directory === null) return null;
  try {
    return (await hears(directory)) ? null : `changes below ${home} are not told (no inotify event came)`;
  } catch {
    return null;
  } finally {
    await rm(directory, { recursive: true, force: true }).catch(() => {});
  }
}

async function hears(directory: string): Promise<boolean> {
  const heard = new AbortController();
  const watcher = watch(directory, { persistent: false }, () => heard.abort());
  watcher.on('error', () => {});
  try {
    await writeFile(join(directory, 'change'), '');
    await systemClock.sleep(limits.watchTrialMs, heard.signal);
    return heard.signal.aborted;
  } finally {
    watcher.close();
  }
}
