/**
 * The branch that is checked out where a session works, according to git: the content of .git is git's own affair (in a
 * repository with reftable, HEAD names no branch). Asked once, when a session starts.
 */
import { dirname, join } from 'node:path';
import type { Files } from '#blackboard/system/files.ts';
import { git } from '#blackboard/system/git.ts';
import { limits } from '#blackboard/system/limits.ts';

/** The name of the branch, or null: no repository, no branch checked out, or no answer. Never rejects. */
export async function gitBranch(
  files: Pick<Files, 'facts'>,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  // Without a repository git is not started: on a Mac without developer tools, `git` opens a window.
  if (!(await isInRepository(files, cwd))) return null;
  const { text } = await git({ cwd, env, timeoutMs: limits.gitMs }, 'symbolic-ref', '--quiet', 'HEAD');
  return /^refs\/heads\/(.+)\n$/.exec(text ?? '')?.[1] ?? null;
}

async function isInRepository(files: Pick<Files, 'facts'>, cwd: string): Promise<boolean> {
  for (let directory = cwd; ; directory = dirname(directory)) {
    if ((await files.facts(join(directory, '.git'))) !== null) return true;
    if (dirname(directory) === directory) return false;
  }
}
