/** What the commands of `hooks` share: the choice of a settings file, and the description of a change to it. */
import { structuredPatch } from 'diff';
import { usageError } from '#blackboard/system/errors.ts';
import { SCOPES, type Scope } from '#hooks/install/installation.ts';
import type { OptionDeclaration } from '#runner/cli/declare.ts';
import type { HooksInstall } from '#runner/results/board.ts';
import type { HooksTarget, SettingsTexts } from '#runner/verbs/hooks-install.ts';

/** Which file, and whether it is only a trial. */
export const TARGET_OPTIONS: readonly OptionDeclaration[] = [
  { flags: '--user', about: 'in your own settings (default)' },
  { flags: '--project', about: 'in .claude/settings.json of this directory' },
  { flags: '--local', about: 'in .claude/settings.local.json of this directory' },
  { flags: '--dry-run', about: 'print what would change' },
];

export interface TargetOptions {
  user?: boolean;
  project?: boolean;
  local?: boolean;
  dryRun?: boolean;
}

/** One scope; the user's own settings by default. */
export const hooksTarget = (options: TargetOptions, cwd: string): HooksTarget => ({
  scope: scopeOf(options),
  cwd,
  isDry: options.dryRun === true,
});

function scopeOf(options: TargetOptions): Scope {
  const named = SCOPES.filter(scope => options[scope] === true);
  if (named.length > 1) throw usageError(`expected one of --user, --project and --local, got ${named.length}`);
  return named[0] ?? 'user';
}

const DONE = { made: 'made', changed: 'changed', removed: 'removed, it held nothing else' };
const WOULD = { made: 'be made', changed: 'change', removed: 'be removed' };

/** Describes a change that was made, or would be. */
export function describeChange(
  { path, effect }: Pick<HooksInstall, 'path' | 'effect'>,
  { before, after }: SettingsTexts,
  isDry: boolean,
): string {
  if (effect === 'none') return `${path}: nothing to change\n`;
  if (!isDry) return `${path}: ${DONE[effect]}\n`;
  return `${path} would ${WOULD[effect]}:\n${lineDiff(before ?? '', after ?? '')}`;
}

/** Like `diff -u` without line numbers; '' if nothing changes. */
export function lineDiff(before: string, after: string): string {
  const { hunks } = structuredPatch('', '', before, after, '', '', { context: 3 });
  // A line with a backslash is a note about a missing final newline.
  const shown = ({ lines }: { lines: string[] }) =>
    lines.filter(line => !line.startsWith('\\')).map(line => `${line[0]} ${line.slice(1)}\n`);
  return hunks.map(hunk => shown(hunk).join('')).join('  …\n');
}
