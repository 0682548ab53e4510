/** Finds a program as a shell would: by its path, or by its name on the PATH. */
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** null: there is none that may be run. */
export function findProgram(wanted: string, env: Readonly<Record<string, string | undefined>>): string | null {
  const directories = (env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates =
    isAbsolute(wanted) || wanted.includes('/') ? [wanted] : directories.map(directory => join(directory, wanted));
  for (const candidate of candidates) {
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // The next directory of PATH may have it.
    }
  }
  return null;
}
