/** Where a path really leads, also if its last parts do not exist yet. */
import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** `path`: absolute. What cannot be resolved stays as it is: a loop of links, a directory that is closed. */
export function realPathOf(path: string): string {
  const missing: string[] = [];
  for (let at = resolve(path); ; at = dirname(at)) {
    try {
      return join(realpathSync.native(at), ...missing);
    } catch {
      if (at === dirname(at)) return resolve(path);
      missing.unshift(basename(at));
    }
  }
}
