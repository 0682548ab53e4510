/**
 * Whether an agent's cwd or an addDir contains the root, or is inside it. There its own Edit and Write reach agent.md,
 * config.yaml and every inbox, and only the denials of its turns prevent that (runner/claude/root-denials.ts).
 */
import { realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { quoted } from '#blackboard/text/shell-word.ts';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';

export interface RootOverlap {
  key: 'cwd' | 'addDirs';
  /** As agent.md has it. */
  directory: string;
  /** One clause, without a full stop. */
  sentence: string;
}

/** Links are followed: the root is a real path. The first overlap, or null. `real`: of directories that were looked at just now. */
export function rootOverlap(
  root: string,
  { cwd, addDirs }: Pick<AgentDefinition, 'cwd' | 'addDirs'>,
  real: Map<string, string> = new Map(),
): RootOverlap | null {
  const given = [
    { key: 'cwd' as const, directory: cwd },
    ...addDirs.map(directory => ({ key: 'addDirs' as const, directory })),
  ];
  for (const { key, directory } of given) {
    const at = real.get(directory) ?? realPath(directory);
    real.set(directory, at);
    const how = isBelow(root, at) ? 'contains' : isBelow(at, root) ? 'lies inside' : null;
    if (how) return { key, directory, sentence: `its ${key} ${quoted(directory)} ${how} the root ${quoted(root)}` };
  }
  return null;
}

/** A missing one is judged by its path. */
function realPath(directory: string): string {
  try {
    return realpathSync.native(directory);
  } catch {
    return directory;
  }
}

/** The directory itself counts as below. */
const isBelow = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory.endsWith(sep) ? directory : `${directory}${sep}`);

/** Why that is a problem. */
export const OVERLAP_RISK =
  'an agent that may edit there could change its own permissions and commands that the runner runs';
