/** Which claude turns would run here: its path and its version. For `--version` and `doctor`. */
import { reasonOf } from '#blackboard/system/errors.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { readConfig } from '#runner/agents/config.ts';
import { claudeVersion, findClaude } from '#runner/claude/claude-process.ts';

export type ClaudeHere = { path: string; version: string | null } | { path: null; problem: string };

/** The absolute path of the claude in config.yaml. Throws a configuration error if there is none. */
export async function pathOfClaude(root: string, env: NodeJS.ProcessEnv): Promise<string> {
  const wanted = await readConfig(createSyncFiles(), root).then(
    ({ claude }) => claude,
    // A broken config.yaml is reported by the commands that need all of it.
    () => 'claude',
  );
  return findClaude(wanted, env);
}

export async function findClaudeHere(root: string, env: NodeJS.ProcessEnv): Promise<ClaudeHere> {
  try {
    const path = await pathOfClaude(root, env);
    return { path, version: await claudeVersion(path, env) };
  } catch (error) {
    return { path: null, problem: reasonOf(error) };
  }
}
