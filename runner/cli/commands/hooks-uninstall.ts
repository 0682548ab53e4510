/**
 * `agent-runner hooks uninstall`: takes our hooks out of a settings.json; the file is what it was before, byte for
 * byte, if nobody changed it since.
 */
import { exitCode } from '#blackboard/system/errors.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { describeChange, hooksTarget, type TargetOptions } from '#runner/cli/terminal/hooks-target.ts';
import { printJson } from '#runner/text/printing.ts';
import { verbContext } from '#runner/verbs/context.ts';

export const command: Declaration = {
  words: 'hooks uninstall',
  about: 'take the hooks out of a settings.json again',
  options: [
    { flags: '--user', about: 'in your own settings (default)' },
    { flags: '--project', about: 'in .claude/settings.json of this directory' },
    { flags: '--local', about: 'in .claude/settings.local.json of this directory' },
    { flags: '--dry-run', about: 'print what would change' },
  ],
  json: true,
  examples: ['agent-runner hooks uninstall', 'agent-runner hooks uninstall --project'],
  exits: { 65: 'the file is not valid JSON, and unchanged' },
};

export async function run(global: GlobalOptions, options: TargetOptions): Promise<number> {
  const target = hooksTarget(options, process.cwd());
  const { hooksUninstall } = await import('#runner/verbs/hooks-uninstall.ts');
  const { result, texts } = await hooksUninstall(await verbContext(global.root, process.env), target);
  if (global.json) {
    printJson(result);
    return exitCode.ok;
  }
  process.stdout.write(describeChange(result, texts, target.isDry));
  for (const other of result.otherRoots)
    process.stderr.write(
      `agent-runner: the hooks of another root stay: agent-runner --root ${quoted(other)} hooks uninstall\n`,
    );
  return exitCode.ok;
}
