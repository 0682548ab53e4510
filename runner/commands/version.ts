/** `agent-runner --version`: ours, and that of the claude which turns would run. Always exit 0. */
import { exitCode } from '../../blackboard/errors.ts';
import { rootPath } from '../../blackboard/root.ts';
import { findClaudeHere } from '../claude/claude-here.ts';
import { packageVersion } from '../version.ts';

export async function run(root: string | undefined, env: NodeJS.ProcessEnv): Promise<number> {
  const claude = await findClaudeHere(rootPath(root, env), env);
  const found =
    claude.path === null
      ? `none found: ${claude.problem}`
      : `${claude.version ?? 'of unknown version'} (${claude.path})`;
  process.stdout.write(`agent-runner ${packageVersion()}\nclaude ${found}\n`);
  return exitCode.ok;
}
