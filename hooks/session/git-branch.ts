/**
 * The branch that is checked out where a session works, according to git: the content of .git is git's own affair (in a
 * repository with reftable, HEAD names no branch). Asked once, when a session starts.
 */
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

/** The name of the branch, or null: no repository, no branch checked out, or no answer. Never rejects. */
export async function gitBranch(
  files: Pick<Files, 'facts'>,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  // Without a repository git is not started: on a Mac without developer tools, `git` opens a window.
  if (!(await isInRepository(files, cwd))) return null;
  const argv = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', 'symbolic-ref', '--quiet', 'HEAD'];
  return new Promise(resolve => {
    const options = {
      cwd,
      env: plainEnv(env),
      timeout: limits.gitMs,
      killSignal: 'SIGKILL',
      maxBuffer: 65_536,
    } as const;
    try {
      execFile('git', argv, options, (error, stdout) =>
        resolve(error ? null : (/^refs\/heads\/(.+)\n$/.exec(stdout)?.[1] ?? null)),
      );
    } catch {
      resolve(null);
    }
  });
}

async function isInRepository(files: Pick<Files, 'facts'>, cwd: string): Promise<boolean> {
  for (let directory = cwd; ; directory = dirname(directory)) {
    if ((await files.facts(join(directory, '.git'))) !== null) return true;
    if (dirname(directory) === directory) return false;
  }
}

/** Without git's own variables: a session started by a git hook would be asked about that repository. */
const plainEnv = (env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> => ({
  ...Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('GIT_'))),
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
});
