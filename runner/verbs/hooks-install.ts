/** Puts our hooks into a settings.json of Claude Code. Everything else in the file stays. */
import { cannotCreateError } from '#blackboard/system/errors.ts';
import { effectOf, install, type Scope, settingsPath } from '#hooks/install/installation.ts';
import { refuseAgents } from '#runner/agents/person.ts';
import { refuseWhatClaudeDrops } from '#runner/claude/hooks-here.ts';
import { hookCommand } from '#runner/claude/our-hooks.ts';
import type { HooksInstall } from '#runner/results/board.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export interface HooksTarget {
  scope: Scope;
  /** Where a project is meant: its directory. */
  cwd: string;
  /** Nothing is written. */
  isDry: boolean;
}

/** The file before and after, null where there is none. Not for `--json`: settings may hold keys. */
export interface SettingsTexts {
  before: string | null;
  after: string | null;
}

/**
 * `deliverOnStop`: unread messages continue a turn that is about to stop, once. `approvals`: what a session asks its person is a
 * card, too. Throws 65 where claude would not go by the file, 73 where the hook or the file cannot be read or written, 75 where
 * another program changes it again and again, 77 for the hooks of another root.
 */
export async function hooksInstall(
  { root, files, env }: VerbContext,
  { scope, cwd, isDry, deliverOnStop, approvals }: HooksTarget & { deliverOnStop: boolean; approvals?: boolean },
): Promise<{ result: HooksInstall; texts: SettingsTexts }> {
  if (!isDry) await refuseAgents(files, root, env, 'hooks install');
  const command = hookCommand(root, deliverOnStop, approvals);
  if ((await files.facts(command.script)) === null)
    throw cannotCreateError(`the hook is not there: ${command.script}`, 'In a checkout, make it with: npm run build');
  const path = settingsPath(scope, env, cwd);
  const judge = (text: string) => refuseWhatClaudeDrops(root, env, scope, path, text);
  const change = await install(root, path, command, isDry, { judge, isShared: scope === 'project' });
  const { before, after, backup } = change;
  const result = { path: change.path, changed: before !== after, effect: effectOf(change), backup };
  return { result, texts: { before, after } };
}
