// Things that belong to root and only root can make, for tests that run as an ordinary user: scripts/as-user.mjs has laid them out.
// Knows nothing of what a test puts them to.
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

const pool = process.env.AGENT_RUNNER_TEST_FOREIGN;

/** Whether there are any: only where root runs the tests. Without, a test makes do with a mode of 000. */
export const hasForeign = pool !== undefined && existsSync(pool);

/** Moves a file of root's (mode 0600, some bytes) to `path`, on the same disk as TMPDIR. */
export const foreignFile = (path: string): void => take('file-', path);

/** Moves a directory of root's (mode 1777, with a file of root's in it) to `path`. The test's user can move it, and not empty it. */
export const foreignDirectory = (path: string): void => take('directory-', path);

function take(kind: string, path: string): void {
  if (pool === undefined)
    throw new Error('expected things of root’s, and there are none: run scripts/as-user.mjs as root');
  for (const name of readdirSync(pool).filter(each => each.startsWith(kind)))
    try {
      renameSync(join(pool, name), path);
      return;
    } catch (error) {
      // Another test has taken it.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || existsSync(join(pool, name))) throw error;
    }
  throw new Error(
    `expected something of root’s that begins with ${kind}, and all are taken: raise FOREIGN in scripts/as-user.mjs`,
  );
}
