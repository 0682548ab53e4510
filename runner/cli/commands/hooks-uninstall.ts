/**
 * `agent-runner hooks uninstall`: takes our hooks out of a settings.json; the file is what it was before, byte for
 * byte, if nobody changed it since.
 */

import { requireRoot, rootPath } from '#blackboard/root.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import { type Change, uninstall } from '#hooks/install/installation.ts';
import { findHooks } from '#hooks/install/settings-text.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { describeChange, type TargetOptions, targetPath } from '#runner/cli/terminal/hooks-target.ts';
import { printJson } from '#runner/text/printing.ts';

export const command: Declaration = {
  words: 'hooks uninstall',
  about: 'take them out again',
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
  const root = await requireRoot(rootPath(global.root, process.env));
  const dry = options.dryRun === true;
  const change = await uninstall(root, targetPath(options), dry);
  if (global.json) printJson({ path: change.path, changed: change.before !== change.after });
  else {
    process.stdout.write(describeChange(change, dry));
    for (const other of otherRoots(change, root))
      process.stderr.write(
        `agent-runner: the hooks of another root stay: agent-runner --root ${quoted(other)} hooks uninstall\n`,
      );
  }
  return exitCode.ok;
}

const otherRoots = ({ path, after }: Change, root: string): string[] =>
  [...new Set(after === null ? [] : findHooks(after, path).map(hook => hook.root))].filter(each => each !== root);
