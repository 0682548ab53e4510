/**
 * The worktrees that `worktree: true` in agent.md gave an agent, as `worktrees.json` has them: one for each repository it
 * worked in. Written by the runner that has the agent (make-worktree.ts), read by everybody. Knows nothing of git.
 */
import { join } from 'node:path';
import type { AgentLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { readRecord } from '#blackboard/system/record.ts';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';
import type { Missing } from '#runner/agents/prerequisites.ts';

/** One of them. Paths are absolute, commits whole. */
export interface Worktree {
  path: string;
  branch: string;
  /** The directory that git keeps the repository in, for all of its worktrees. */
  repository: string;
  /** The directory that git keeps this worktree's own state in. '': it is not made yet. */
  gitDir: string;
  /** cwd of agent.md that it stands for; null: it was given up for another one. */
  cwd: string | null;
  /** Where in the worktree the agent works: as cwd lies in its repository, '' for its top. */
  prefix: string;
  /** The commit that it began with. */
  base: string;
  /** The branch that was checked out at cwd then (refs/heads/…); null: none. */
  from: string | null;
  /** While git makes it, the commit where its branch stands: what is in the directory is git's alone. null: it is made. */
  making: string | null;
}

export interface Worktrees {
  trees: Worktree[];
  /** Why that cwd has none. */
  missing?: Missing & { cwd: string };
}

/** Throws bad data where somebody else wrote there. */
export const readWorktrees = async (files: Files, layout: AgentLayout): Promise<Worktrees> =>
  (await readRecord<Worktrees>(files, layout.worktrees)) ?? { trees: [] };

/** The one that an agent with that cwd works in; null: none is made. */
export const worktreeFor = ({ trees }: Worktrees, cwd: string): Worktree | null =>
  trees.find(tree => tree.cwd === cwd && tree.making === null) ?? null;

type Worker = Pick<AgentDefinition, 'cwd' | 'worktree'>;

/** The directory that turns run in: cwd, or the same place in the agent's worktree; null: it is not made yet. */
export async function workDirectory(files: Files, layout: AgentLayout, worker: Worker): Promise<string | null> {
  if (!worker.worktree) return worker.cwd;
  const tree = worktreeFor(await readWorktrees(files, layout), worker.cwd);
  return tree && join(tree.path, tree.prefix);
}

/** Why the agent has no worktree to work in, as its runner found it last; null: nothing is known against it. */
export async function worktreeMissing(files: Files, layout: AgentLayout, worker: Worker): Promise<Missing | null> {
  if (!worker.worktree) return null;
  const { missing } = await readWorktrees(files, layout);
  return missing?.cwd === worker.cwd ? missing : null;
}
