/** Whether a path lies in one of some directories, after all links were followed. */
import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';

/** The real path if it is one of the directories or below one; null: it is not, or is not there. */
export async function realPathInside(path: string, directories: readonly string[]): Promise<string | null> {
  const real = await realpath(path).catch(() => null);
  if (real === null) return null;
  for (const directory of directories) {
    const home = await realpath(directory).catch(() => null);
    if (home !== null && (real === home || real.startsWith(home === sep ? sep : home + sep))) return real;
  }
  return null;
}
