/** A repository, a root with one agent's directory, and the real git: for tests of the agent's worktree. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentLayout, worktreesHome } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { readyWorktree } from '#runner/agents/make-worktree.ts';
import { removeWorktrees } from '#runner/agents/remove-worktrees.ts';
import { workDirectory } from '#runner/agents/worktree.ts';

export type WorktreePlace = ReturnType<typeof worktreePlace>;

const identity = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' };

/** git as a person in that directory runs it; what it prints. */
export const gitAt = (cwd: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'init.defaultBranch=main', '-c', 'protocol.file.allow=always', ...args], {
    cwd,
    env: { PATH: process.env.PATH!, HOME: '/nowhere', ...identity },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

/** Commits all that is there, and be it nothing. */
export function commit(at: string): void {
  gitAt(at, 'add', '--all');
  gitAt(at, 'commit', '--quiet', '--allow-empty', '--message', 'work');
}

export const branchesOf = (at: string): string[] => gitAt(at, 'branch', '--format=%(refname:short)').split('\n').sort();

/** Makes it a repository with one commit, of src/a.txt; its path. */
export function repositoryAt(at: string): string {
  mkdirSync(join(at, 'src'), { recursive: true });
  writeFileSync(join(at, 'src', 'a.txt'), 'a\n');
  gitAt(at, 'init', '--quiet');
  commit(at);
  return at;
}

/** With a repository `app`, in which the agent `worker` works. To be cleared afterwards. */
export function worktreePlace() {
  const place = realpathSync(mkdtempSync(join(tmpdir(), 'worktree-')));
  const files = createSyncFiles();
  const root = join(place, 'root');
  const layout = agentLayout(root, 'worker');
  // As in a hook of git: of these, nothing may reach ours.
  const env = { PATH: process.env.PATH!, HOME: place, GIT_DIR: '/nowhere', GIT_WORK_TREE: '/nowhere' };
  mkdirSync(layout.home, { recursive: true });
  const repo = repositoryAt(join(place, 'app'));
  return {
    place,
    files,
    root,
    layout,
    env,
    repo,
    /** Where its worktree lies. */
    own: (name = 'worker') => join(worktreesHome(root), name),
    ready: (
      cwd = repo,
      more: { files?: Files; env?: Record<string, string>; signal?: AbortSignal; root?: string } = {},
    ) => readyWorktree({ files, root, layout, cwd, env, ...more }),
    worksIn: (cwd = repo, worktree = true) => workDirectory(files, layout, { cwd, worktree }),
    remove: (by: Record<string, string> = env) => removeWorktrees({ files, env: by }, layout),
    clear: () => rmSync(place, { recursive: true, force: true }),
  };
}
