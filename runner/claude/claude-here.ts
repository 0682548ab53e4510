/** Which claude turns would run here: its path and its version. For `--version` and `doctor`; never throws. */
import { reasonOf } from '../../blackboard/errors.ts';
import { createSyncFiles } from '../../blackboard/sync-files.ts';
import { readConfig } from '../loop/config.ts';
import { claudeVersion, findClaude } from './claude-process.ts';

export type ClaudeHere = { path: string; version: string | null } | { path: null; problem: string };

export async function findClaudeHere(root: string, env: NodeJS.ProcessEnv): Promise<ClaudeHere> {
  try {
    const wanted = await readConfig(createSyncFiles(), root).then(
      ({ claude }) => claude,
      // A config.yaml that cannot be read is told by whoever needs all of it.
      () => 'claude',
    );
    const path = await findClaude(wanted, env);
    return { path, version: await claudeVersion(path, env) };
  } catch (error) {
    return { path: null, problem: reasonOf(error) };
  }
}
