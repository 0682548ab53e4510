/**
 * `agent-runner hooks install`: puts our hooks into a settings.json of Claude Code. Exit codes: 0 they are in · 65 claude
 * would not go by the file, which is unchanged · 73 it cannot be read or written. --json: {path, changed, backup}
 */
import { access } from 'node:fs/promises';
import { cannotCreateError, exitCode } from '../../blackboard/errors.ts';
import { requireRoot, rootPath } from '../../blackboard/root.ts';
import { install } from '../../hooks/install/installation.ts';
import { refuseWhatClaudeDrops } from '../claude/hooks-here.ts';
import type { GlobalOptions } from '../terminal/global-options.ts';
import { describeChange, hookCommand, type TargetOptions, targetPath, targetScope } from '../terminal/hooks-target.ts';
import { printJson } from '../terminal/printing.ts';

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
  const change = await install(root, path, command, dry, judge);
  const changed = change.before !== change.after;
  if (global.json) printJson({ path: change.path, changed, backup: change.backup });
  else {
    process.stdout.write(describeChange(change, dry));
    if (change.backup) process.stdout.write(`What it was before: ${change.backup}\n`);
  }
  return exitCode.ok;
}
