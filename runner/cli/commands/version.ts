/** `agent-runner --version`: ours, and that of the claude which turns would run. Always exit 0. */
import { join } from 'node:path';
import { rootPath } from '#blackboard/root.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import { homeOrNone } from '#blackboard/system/home-directory.ts';
import { findClaudeHere } from '#runner/claude/claude-here.ts';
import { packageVersion } from '#runner/version.ts';

/** A version is told to whoever has no home directory, too. */
function placeOf(root: string | undefined, env: NodeJS.ProcessEnv): string {
  try {
    return rootPath(root, env);
  } catch {
    return join(homeOrNone(env), '.agent-runner');
  }
}

export async function run(root: string | undefined, env: NodeJS.ProcessEnv): Promise<number> {
  const claude = await findClaudeHere(placeOf(root, env), env);
  const found =
    claude.path === null
      ? `none found: ${claude.problem}`
      : `${claude.version ?? 'of unknown version'} (${claude.path})`;
  process.stdout.write(`agent-runner ${packageVersion()}\nclaude ${found}\n`);
  return exitCode.ok;
}
