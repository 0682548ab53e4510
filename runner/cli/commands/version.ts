/** `agent-runner --version`: prints our version, and that of the claude that turns would run. Always exit 0. */
import type { Call } from '#runner/cli/declare.ts';

export async function run({ root, env }: Call): Promise<void> {
  const { version } = await import('#runner/verbs/version.ts');
  const { version: ours, claude } = await version({ env }, { root });
  const found =
    claude.path === null
      ? `none found: ${claude.problem}`
      : `${claude.version ?? 'of unknown version'} (${claude.path})`;
  process.stdout.write(`agent-runner ${ours}\nclaude ${found}\n`);
}
