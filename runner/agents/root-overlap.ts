/**
 * Whether an agent works where the root lies: below its cwd or an addDir, or around them. There its own Edit and Write reach
 * agent.md, config.yaml and every inbox, and only the denials of its turns stand before them (claude/root-denials.ts).
 */
import { realpath } from 'node:fs/promises';
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

/** Links are followed: the root is a real path. The first one that there is, or null. */
export async function rootOverlap(
  root: string,
  { cwd, addDirs }: Pick<AgentDefinition, 'cwd' | 'addDirs'>,
): Promise<RootOverlap | null> {
  const given = [
    { key: 'cwd' as const, directory: cwd },
    ...addDirs.map(directory => ({ key: 'addDirs' as const, directory })),
  ];
  for (const { key, directory } of given) {
    // One that is not there is judged as it stands.
    const real = await realpath(directory).catch(() => directory);
    const how = isBelow(root, real) ? 'contains' : isBelow(real, root) ? 'lies inside' : null;
    if (how) return { key, directory, sentence: `its ${key} ${quoted(directory)} ${how} the root ${quoted(root)}` };
  }
  return null;
}

/** The same counts as below. */
const isBelow = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory.endsWith(sep) ? directory : `${directory}${sep}`);

/** Why that is no good. */
export const OVERLAP_RISK =
  'an agent that may edit there could change its own permissions and commands that the runner runs';
