/** `agent-runner hooks install`: puts our hooks into a settings.json of Claude Code. */

import { access } from 'node:fs/promises';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { cannotCreateError, exitCode } from '#blackboard/system/errors.ts';
import { install } from '#hooks/install/installation.ts';
import { refuseWhatClaudeDrops } from '#runner/claude/hooks-here.ts';
import { hookCommand } from '#runner/claude/our-hooks.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { describeChange, type TargetOptions, targetPath, targetScope } from '#runner/cli/terminal/hooks-target.ts';
import { printJson } from '#runner/text/printing.ts';

export const command: Declaration = {
  words: 'hooks install',
  about: 'put them into a settings.json; touches nothing else in it',
  options: [
    { flags: '--user', about: 'in your own settings (default)' },
    { flags: '--project', about: 'in .claude/settings.json of this directory' },
    { flags: '--local', about: 'in .claude/settings.local.json of this directory' },
    { flags: '--deliver-on-stop', about: 'unread messages continue a turn that is about to stop, once' },
    { flags: '--dry-run', about: 'print what would change' },
  ],
  json: true,
  examples: ['agent-runner hooks install', 'agent-runner hooks install --project --dry-run'],
  exits: {
    65: 'claude would not go by the file, which is unchanged',
    73: 'it cannot be read or written',
    75: 'another program changes it again and again',
    77: 'the hooks of another root are in it',
  },
};

export async function run(
  global: GlobalOptions,
  options: TargetOptions & { deliverOnStop?: boolean },
): Promise<number> {
  const root = await requireRoot(rootPath(global.root, process.env));
  const command = hookCommand(root, options.deliverOnStop === true);
  await access(command.script).catch(() => {
    throw cannotCreateError(`the hook is not there: ${command.script}`, 'In a checkout, make it with: npm run build');
  });
  const dry = options.dryRun === true;
  const path = targetPath(options);
  const judge = (text: string) => refuseWhatClaudeDrops(root, process.env, targetScope(options), path, text);
  const change = await install(root, path, command, dry, { judge, isShared: targetScope(options) === 'project' });
  const changed = change.before !== change.after;
  if (global.json) printJson({ path: change.path, changed, backup: change.backup });
  else {
    process.stdout.write(changed && !dry ? `The hooks are in ${change.path} now.\n` : describeChange(change, dry));
    if (change.backup) process.stdout.write(`What it was before: ${change.backup}\n`);
    if (!dry) process.stdout.write(NEXT);
  }
  return exitCode.ok;
}

/** What they do, and the commands that show it. */
const NEXT = `
Claude sessions that start from now on have a name and an inbox, and are told what is new on the board.
  agent-runner hooks                 # whether claude runs the hooks
  agent-runner list                  # the sessions, once one has started
  agent-runner send <session> "hi"   # told at its next prompt
  agent-runner hooks uninstall       # takes them out again
`;
