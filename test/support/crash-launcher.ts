/**
 * Copies of the real launch.sh for crash tests: one that can be caught at every one of its steps, one without its link.
 * Made from the real file, so that they change with it; a step that is not found is an error.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const original = fileURLToPath(new URL('../../runner/claude/launch.sh', import.meta.url));

/** The launcher's steps, in its order: a trap stands before each. Those after `link` happen under the child's name. */
const STEPS: readonly [step: string, line: RegExp][] = [
  ['identity', /^printf '%s %s %s/m],
  ['word', /^IFS= read -r word/m],
  ['link', /^\[ "\$word" = linked \]/m],
  ['stop', /^\[ ! -e stop \]/m],
  ['redirect', /^ *command exec >> stream\.jsonl/m],
  ['exec', /^exec "\$@"/m],
];
export const launcherSteps: readonly string[] = STEPS.map(([step]) => step);
/** Steps at which the launcher does not hold the child's name, unless its runner has given it. */
export const stepsBeforeLink: readonly string[] = ['identity', 'word', 'link'];

/**
 * launcher: it dies · both: it and its runner · runner: its runner alone · pause: it stops (SIGSTOP) until somebody
 * continues it.
 */
export type TrapKind = 'launcher' | 'both' | 'runner' | 'pause';

/** Environment of a runner whose launchers look for traps; its own pid is in CRASH_RUNNER_PID (crash-runner.ts). */
export const trapsVariable = 'CRASH_TRAPS';

/** A trap is a file `<kind>-<step>`; the launcher that meets it renames it to `taken-<pid>` and obeys. */
export const trapName = (kind: TrapKind, step: string): string => `${kind}-${step}`;

const PRELUDE = `
crash_step() {
  for crash_kind in launcher both runner pause; do
    [ -e "$CRASH_TRAPS/$crash_kind-$1" ] || continue
    mv "$CRASH_TRAPS/$crash_kind-$1" "$CRASH_TRAPS/taken-$$" 2>/dev/null || continue
    case $crash_kind in
      both | runner) [ "$PPID" != "$CRASH_RUNNER_PID" ] || kill -KILL "$PPID" ;;
    esac
    case $crash_kind in
      both | launcher) kill -KILL $$ ;;
      pause) kill -STOP $$ ;;
    esac
  done
}
`;

/** Writes both copies into the directory. */
export function writeCrashLaunchers(directory: string): { trapped: string; withoutLink: string } {
  const text = readFileSync(original, 'utf8');
  const trapped = join(directory, 'launch.sh');
  const withoutLink = join(directory, 'launch-without-link.sh');
  let copy = text.replace(/^umask/m, `${PRELUDE.trim()}\numask`);
  for (const [step, line] of STEPS) copy = replaceOne(copy, line, found => `crash_step ${step}\n${found}`);
  writeFileSync(trapped, copy, { mode: 0o755 });
  // Nor does its runner find an identity to link.
  const nameless = replaceOne(text, /^printf '%s %s %s.*$/m, () => ':');
  writeFileSync(
    withoutLink,
    replaceOne(nameless, /^\[ "\$word" = linked \].*$/m, () => ':'),
    { mode: 0o755 },
  );
  return { trapped, withoutLink };
}

function replaceOne(text: string, pattern: RegExp, by: (found: string) => string): string {
  const changed = text.replace(pattern, by);
  if (changed === text) throw new Error(`expected ${pattern} in ${original}: the launcher has changed, mend this copy`);
  return changed;
}
