/** `agent-runner --version`: ours, and that of the claude which turns would run. Always exit 0. */
import { exitCode } from '#blackboard/system/errors.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';

export async function run({ root }: GlobalOptions): Promise<number> {
  const { version } = await import('#runner/verbs/version.ts');
  const { version: ours, claude } = await version({ env: process.env }, { root });
  const found =
    claude.path === null
      ? `none found: ${claude.problem}`
      : `${claude.version ?? 'of unknown version'} (${claude.path})`;
  process.stdout.write(`agent-runner ${ours}\nclaude ${found}\n`);
  return exitCode.ok;
}
