/**
 * Takes away the worktrees of an agent that is removed, with their branches, where nothing is lost with them: every
 * commit is in the branch it started from, or in what that or its own branch follows, and no file is changed or
 * untracked. Ignored files go, as with `git worktree remove`. Everything else is kept, and named. Repeatable.
 */
import type { AgentLayout } from '#blackboard/layout.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { type GitPlace, git } from '#blackboard/system/git.ts';
import { clearUnmade, commitAt, gitOf, whereIs } from '#runner/agents/make-worktree.ts';
import { readWorktrees, type Worktree } from '#runner/agents/worktree.ts';

export interface WorktreeEnd {
  path: string;
  branch: string;
  /** Why it is kept; null: it is gone, and its branch with it. */
  kept: string | null;
}

interface Removing {
  files: Files;
  env: GitPlace['env'];
}

/** For an agent without a runner. Never fails for what git says: then a worktree is kept. */
export async function removeWorktrees(removing: Removing, layout: AgentLayout): Promise<WorktreeEnd[]> {
  const { trees } = await readWorktrees(removing.files, layout);
  const ends: WorktreeEnd[] = [];
  for (const tree of trees) {
    const kept = await removeOne(removing, tree).catch(reasonOf);
    ends.push({ path: tree.path, branch: tree.branch, kept });
  }
  return ends;
}

/** Why it stays, or null. */
async function removeOne(removing: Removing, tree: Worktree): Promise<string | null> {
  const { files, env } = removing;
  const { path, branch, repository } = tree;
  const isThere = async (place: string) => (await files.facts(place)) !== null;
  if (!(await isThere(repository))) return (await isThere(path)) ? `its repository ${repository} is gone` : null;
  if (tree.making !== null) await clearUnmade(removing, tree);
  const inRepository = (...args: string[]) => gitOf(tree, { env }, ...args);
  const isMade = await isThere(path);
  const loss = await lossOf(removing, tree, isMade);
  if (loss !== null) return loss;
  const { problem } = await inRepository('worktree', 'remove', '--', path);
  if (problem !== null && isMade) return `git: ${problem}`;
  if ((await commitAt(inRepository, `refs/heads/${branch}`)) === null) return null;
  const deleted = await inRepository('branch', '--delete', '--force', '--', branch);
  return deleted.problem === null ? null : `its branch stays (git: ${deleted.problem})`;
}

/** What would be lost with it, in words, or why that cannot be told. */
async function lossOf({ env }: Removing, tree: Worktree, isMade: boolean): Promise<string | null> {
  const { path, branch, repository, base, from } = tree;
  const inRepository = (...args: string[]) => gitOf(tree, { env }, ...args);
  const inWorktree = (...args: string[]) => git({ cwd: path, env }, ...args);
  if (isMade) {
    const there = await whereIs({ cwd: path, env });
    if (typeof there === 'string') return `git: ${there}`;
    // Without its .git, git would speak of whatever repository lies around it.
    if (there.repository !== repository) return `git does not take it for a worktree of ${repository}`;
    const status = await inWorktree('status', '--porcelain', '-z', '--no-renames', '--untracked-files=normal');
    if (status.text === null) return `git: ${status.problem}`;
    const files = status.text.split('\0').filter(Boolean);
    if (files.length > 0)
      return files.every(file => file.startsWith('??')) ? 'it has untracked files' : 'it has uncommitted changes';
  }
  const own = `refs/heads/${branch}`;
  const tips = [await commitAt(inRepository, own), isMade ? await commitAt(inWorktree, 'HEAD') : null];
  const started = from === null ? [] : [from, `${from.replace('refs/heads/', '')}@{upstream}`];
  const safe = [base];
  for (const revision of [...started, `${branch}@{upstream}`]) {
    const commit = await commitAt(inRepository, revision);
    if (commit !== null) safe.push(commit);
  }
  const commits = tips.filter(tip => tip !== null);
  if (commits.length === 0) return null;
  const { text, problem } = await inRepository('rev-list', '--count', ...commits, '--not', ...safe, '--');
  if (text === null) return `git: ${problem}`;
  const count = Number(text);
  if (count === 0) return null;
  const where = from === null ? 'no other branch is known to have' : `${from.replace('refs/heads/', '')} does not have`;
  return `it has ${count === 1 ? 'a commit' : `${count} commits`} that ${where}`;
}
