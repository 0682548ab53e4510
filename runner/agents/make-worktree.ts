/**
 * Makes an agent's worktree before its turn, and makes it ready again where somebody has changed something about it. What
 * is to be made is recorded before git begins (`making`), and that it is made afterwards: a death in between leaves a
 * record, and the next call clears away what git left and begins again. It never removes what it has not just made:
 * where a path or a branch is somebody's, it takes another name.
 */
import { realpath } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { type AgentLayout, worktreesHome } from '#blackboard/layout.ts';
import { configurationError, isRunnerError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { type GitAnswer, type GitPlace, git } from '#blackboard/system/git.ts';
import { limits } from '#blackboard/system/limits.ts';
import { replaceFile } from '#blackboard/system/record.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import type { Missing } from '#runner/agents/prerequisites.ts';
import { readWorktrees, type Worktree, type Worktrees } from '#runner/agents/worktree.ts';

export interface WorktreeOrder {
  files: Files;
  root: string;
  layout: AgentLayout;
  /** As agent.md has it. It exists. */
  cwd: string;
  env: GitPlace['env'];
  /** The runner ends: git is ended, and what it leaves is cleared away next time. */
  signal?: AbortSignal;
}

/** Only for the runner that has the agent. null: the worktree is there, or the runner ends; else what is missing, which is recorded, too. */
export async function readyWorktree(order: WorktreeOrder): Promise<Missing | null> {
  const { files, layout, cwd, signal } = order;
  const before = await readWorktrees(files, layout);
  const known = before.trees.find(tree => tree.cwd === cwd && tree.making === null);
  if (known && !before.missing && (await isReady(files, known))) return null;
  try {
    await makeReady(order, before.trees);
    return null;
  } catch (error) {
    // Nothing is wrong: no turn starts any more.
    if (signal?.aborted) return null;
    if (!isRunnerError(error)) throw error;
    const missing = { problem: error.message, remedy: error.hint ?? REMEDY, cwd };
    const now = await readWorktrees(files, layout);
    if (JSON.stringify(missing) !== JSON.stringify(now.missing)) await save(files, layout, { ...now, missing });
    return missing;
  }
}

const REMEDY = 'mend that, or take worktree: true out of agent.md';

const isThere = async (files: Files, path: string): Promise<boolean> => (await files.facts(path)) !== null;

async function isReady(files: Files, { path, prefix, gitDir }: Worktree): Promise<boolean> {
  const needed = [join(path, '.git'), gitDir, join(path, prefix)];
  return (await Promise.all(needed.map(each => isThere(files, each)))).every(Boolean);
}

const save = (files: Files, layout: AgentLayout, worktrees: Worktrees): Promise<void> =>
  replaceFile(files, layout.worktrees, `${JSON.stringify(worktrees)}\n`);

async function makeReady(order: WorktreeOrder, known: readonly Worktree[]): Promise<void> {
  const { files, layout, cwd } = order;
  const here = await lookAt(order);
  let trees = [...known];
  const write = async (tree: Worktree) => {
    // One repository may have stood at this cwd before, and its worktree is named when the agent is removed.
    const others = trees.filter(({ path }) => path !== tree.path);
    trees = [...others.map(other => (other.cwd === cwd ? { ...other, cwd: null } : other)), tree];
    await save(files, layout, { trees });
  };
  const found = trees.findLast(tree => tree.cwd !== null && tree.repository === here.repository);
  const kept = found ?? (await movedHere(order, here, trees));
  const at = { cwd, prefix: here.prefix, repository: here.repository };
  if (kept && kept.making === null && (await isThere(files, kept.path)))
    return write(await finished(order, { ...kept, ...at }));
  const begun = kept && (await resumable(order, { ...kept, ...at }));
  if (kept && !begun) trees = trees.map(tree => (tree === kept ? { ...tree, cwd: null } : tree));
  const tree = begun ?? (await planned(order, here, trees));
  await write(tree);
  await add(order, tree);
  await write({ ...(await finished(order, tree)), making: null });
}

interface Here {
  /** The repository's own directory. */
  repository: string;
  /** The top of the working tree there, and where below it the directory lies. */
  top: string;
  prefix: string;
  /** Where git keeps this working tree's own state. */
  gitDir: string;
}

/** What git says of a directory in a working tree, in real paths; a text: why it says nothing. */
export async function whereIs(place: GitPlace): Promise<Here | string> {
  const asked = ['--show-toplevel', '--git-common-dir', '--absolute-git-dir', '--show-prefix'];
  const { text, problem } = await git(place, 'rev-parse', ...asked);
  if (text === null) return problem;
  const [top = '', common = '', gitDir = '', prefix, ...more] = text.split('\n');
  if (prefix === undefined || more.join('') !== '') return 'its paths have line breaks';
  return { top, prefix, gitDir, repository: await realpath(resolve(await realpath(place.cwd), common)) };
}

async function lookAt({ cwd, env, signal }: WorktreeOrder): Promise<Here> {
  const here = await whereIs({ cwd, env, signal });
  if (typeof here === 'object') return here;
  throw configurationError(
    `worktree: true needs a git repository with a working tree at cwd ${quoted(cwd)} (git: ${here})`,
    'name such a directory, or take worktree: true out of agent.md',
  );
}

/** git on the repository itself, wherever its working tree is. */
export const gitOf = (
  { repository }: Pick<Worktree, 'repository'>,
  { env, signal }: { env: GitPlace['env']; signal?: AbortSignal },
  ...args: string[]
): Promise<GitAnswer> => git({ cwd: repository, env, signal }, `--git-dir=${repository}`, ...args);

/** The commit that a revision names, as git reads it at that place; null: there is none. */
export async function commitAt(ask: (...args: string[]) => Promise<GitAnswer>, revision: string) {
  const { text } = await ask('rev-parse', '--verify', '--quiet', `${revision}^{commit}`);
  return text?.trim() || null;
}

/** The worktree of a repository that lay elsewhere before, by git's own list: its links are mended. */
async function movedHere(order: WorktreeOrder, here: Here, trees: readonly Worktree[]): Promise<Worktree | null> {
  const { files } = order;
  const orphans: Worktree[] = [];
  for (const tree of trees)
    if (tree.cwd !== null && tree.gitDir !== '' && !(await isThere(files, tree.repository))) orphans.push(tree);
  if (orphans.length === 0) return null;
  const listed = (await gitOf(here, order, 'worktree', 'list', '--porcelain')).text?.split('\n') ?? [];
  const tree = orphans.find(({ path }) => listed.includes(`worktree ${path}`));
  if (!tree) return null;
  await gitOf(here, order, 'worktree', 'repair', '--', tree.path);
  return tree;
}

/** What git may begin again with: its branch stands where it stood, or is not there yet. null: this name is given up. */
async function resumable(order: WorktreeOrder, tree: Worktree): Promise<Worktree | null> {
  const { files } = order;
  const tip = await commitAt((...args) => gitOf(tree, order, ...args), `refs/heads/${tree.branch}`);
  if (tree.making !== null) {
    await clearUnmade(order, tree);
    return (tip === null || tip === tree.making) && !(await isThere(files, tree.path)) ? tree : null;
  }
  // Somebody took the directory away, and its branch has what was committed; a locked one is only not mounted.
  if (await isThere(files, join(tree.gitDir, 'locked')))
    throw configurationError(
      `its worktree ${quoted(tree.path)} is locked, and not there`,
      'bring it back, or: git worktree unlock',
    );
  // What git knows of it still would be in the way of the new one.
  if (tip !== null) await gitOf(tree, order, 'worktree', 'remove', '--', tree.path);
  return tip === null ? null : { ...tree, making: tip };
}

/** Takes away what git left of a worktree that it did not complete: nobody has worked there. Repeatable. */
export async function clearUnmade(
  { files, env, signal }: Pick<WorktreeOrder, 'files' | 'env' | 'signal'>,
  tree: Worktree,
): Promise<void> {
  const at = { env, ...(signal ? { signal } : {}) };
  await gitOf(tree, at, 'worktree', 'remove', '--force', '--force', '--', tree.path);
  // Before git knows it, it is an empty directory; any other stays, and another name is taken.
  await files.remove(tree.path).catch(() => {});
}

/** A new one, under the first name that nobody has: that of the agent, or with a number. */
async function planned(order: WorktreeOrder, here: Here, trees: readonly Worktree[]): Promise<Worktree> {
  const { files, root, layout, cwd, env, signal } = order;
  const { repository, prefix, top } = here;
  const atCwd = (...args: string[]) => git({ cwd, env, signal }, ...args);
  const base = await commitAt(atCwd, 'HEAD');
  if (base === null)
    throw configurationError(
      `worktree: true needs a commit to begin with, and the repository at cwd ${quoted(cwd)} has none`,
      'make its first commit, or take worktree: true out of agent.md',
    );
  const home = worktreesHome(root);
  if (`${home}${sep}`.startsWith(`${top}${sep}`))
    throw configurationError(
      `the worktree would lie in ${quoted(home)}, inside the repository at cwd ${quoted(cwd)}`,
      'keep the root elsewhere (--root, $AGENT_RUNNER_HOME), or take worktree: true out of agent.md',
    );
  const from = (await atCwd('symbolic-ref', '--quiet', 'HEAD')).text?.trim() || null;
  for (let number = 1; number <= limits.worktreeNamesTried; number++) {
    // No agent has a dot in its name.
    const name = number === 1 ? layout.name : `${layout.name}.${number}`;
    const path = join(home, name);
    const branch = `agent-runner/${name}`;
    if (trees.some(tree => tree.path === path) || (await isThere(files, path))) continue;
    if ((await commitAt((...args) => gitOf(here, order, ...args), `refs/heads/${branch}`)) !== null) continue;
    return { path, branch, repository, gitDir: '', cwd, prefix, base, from, making: base };
  }
  throw configurationError(
    `${limits.worktreeNamesTried} worktrees of earlier agents named ${layout.name} are in the way`,
    `remove those that nobody needs (git worktree remove, git branch -d; they lie in ${quoted(home)})`,
  );
}

async function add(order: WorktreeOrder, tree: Worktree): Promise<void> {
  const { path, branch, making } = tree;
  await order.files.makeDirectory(worktreesHome(order.root));
  const isNew = (await commitAt((...args) => gitOf(tree, order, ...args), `refs/heads/${branch}`)) === null;
  const what = isNew ? ['--no-track', '-b', branch, '--', path, making!] : ['--', path, branch];
  const { problem } = await gitOf(tree, order, 'worktree', 'add', ...what);
  if (problem !== null) throw configurationError(`its worktree ${quoted(path)} cannot be made (git: ${problem})`);
}

/** The same, found in order, with the directory where the agent works: an untracked one is not in a new worktree. */
async function finished({ files, env, signal }: WorktreeOrder, tree: Worktree): Promise<Worktree> {
  const { path, prefix, repository } = tree;
  const there = await whereIs({ cwd: path, env, signal });
  if (typeof there === 'string' || there.repository !== repository || there.top !== (await realpath(path)))
    throw configurationError(
      `git does not take ${quoted(path)} for a worktree of ${quoted(repository)}${typeof there === 'string' ? ` (git: ${there})` : ''}`,
      'move it away: it is made again, with what was committed; or take worktree: true out of agent.md',
    );
  let directory = path;
  for (const name of prefix.split('/').filter(Boolean)) {
    directory = join(directory, name);
    await files.makeDirectory(directory);
  }
  return { ...tree, gitDir: there.gitDir };
}
