/** What the commands of `hooks` have in common: which settings file is meant, and what a change of it is called. */
import { structuredPatch } from 'diff';
import { usageError } from '#blackboard/system/errors.ts';
import { type Change, SCOPES, type Scope, settingsPath } from '#hooks/install/installation.ts';

export interface TargetOptions {
  user?: boolean;
  project?: boolean;
  local?: boolean;
  dryRun?: boolean;
}

/** One scope; the user's own settings by default. */
export function targetScope(options: TargetOptions): Scope {
  const named = SCOPES.filter(scope => options[scope] === true);
  if (named.length > 1) throw usageError(`expected one of --user, --project and --local, got ${named.length}`);
  return named[0] ?? 'user';
}

/** Its settings file. */
export const targetPath = (options: TargetOptions): string =>
  settingsPath(targetScope(options), process.env, process.cwd());

/** What a change would do or has done, for people. */
export function describeChange({ path, before, after }: Change, dry: boolean): string {
  if (before === after) return `${path}: nothing to change\n`;
  if (!dry)
    return `${path}: ${after === null ? 'removed, it held nothing else' : before === null ? 'made' : 'changed'}\n`;
  return `${path} would ${after === null ? 'be removed' : before === null ? 'be made' : 'change'}:\n${lineDiff(before ?? '', after ?? '')}`;
}

/** As diff -u shows it, without line numbers; '' if nothing changes. */
export function lineDiff(before: string, after: string): string {
  const { hunks } = structuredPatch('', '', before, after, '', '', { context: 3 });
  // What begins with a backslash speaks of a last line without an end.
  const shown = ({ lines }: { lines: string[] }) =>
    lines.filter(line => !line.startsWith('\\')).map(line => `${line[0]} ${line.slice(1)}\n`);
  return hunks.map(hunk => shown(hunk).join('')).join('  …\n');
}
