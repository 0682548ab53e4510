/** The branch that is checked out where a session works, from git's own files: no process is started for it. */
import { dirname, join, resolve } from 'node:path';
import { type Files, readText } from '../../blackboard/files.ts';
import { limits } from '../../blackboard/limits.ts';

/** The name of the branch, or null: no repository, or no branch checked out. */
export async function gitBranch(files: Files, cwd: string): Promise<string | null> {
  for (let directory = cwd; ; directory = dirname(directory)) {
    const git = join(directory, '.git');
    const facts = await files.facts(git);
    if (facts) return branchOf(files, facts.kind === 'file' ? await linkedDirectory(files, git) : git);
    if (dirname(directory) === directory) return null;
  }
}

async function branchOf(files: Files, git: string | null): Promise<string | null> {
  if (git === null) return null;
  const head = await readText(files, join(git, 'HEAD'), limits.frontMatterBytesMax);
  return /^ref: refs\/heads\/(.+)\n?$/.exec(head ?? '')?.[1] ?? null;
}

/** In a worktree or a submodule, .git is a file that says where the directory is. */
async function linkedDirectory(files: Files, git: string): Promise<string | null> {
  const path = /^gitdir: (.+)\n?$/.exec((await readText(files, git, limits.frontMatterBytesMax)) ?? '')?.[1];
  return path === undefined ? null : resolve(dirname(git), path);
}
