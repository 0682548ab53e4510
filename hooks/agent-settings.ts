// The settings that every turn's claude is given with `--settings`: what must hold whatever the user's or the project's own
// settings say, and the two hooks that leave evidence. Pure. Knows the turn only as a directory named by the environment.
import { z } from 'zod';

/** Names the turn's directory in the child's environment; the hooks inherit it (measured, CLI 2.1.329). */
export const turnDirectoryVariable = 'AGENT_RUNNER_TURN_DIR';

/** Files that the hooks leave in the turn's directory: the hook's own input, one line of JSON. Evidence, never a decision. */
export const evidenceFiles = { submitted: 'submitted', stopped: 'stopped' } as const;

/**
 * The text of the settings file, with a user's own settings (an object as in settings.json) under ours: their hooks run beside
 * ours, our keys win. Same input, same bytes, or every turn would miss the prompt cache.
 * - disableAllHooks false: a project's or user's `true` would silence our hooks, too.
 * - crossSessionInbound refuse: native peer messages would start rounds in the turn that nobody sent through the inbox.
 */
export function agentSettings(user: Readonly<Record<string, unknown>> = {}): string {
  const hooks = userHooks.parse(user.hooks);
  const settings = {
    ...user,
    disableAllHooks: false,
    crossSessionInbound: 'refuse',
    hooks: {
      ...hooks,
      UserPromptSubmit: [...(hooks.UserPromptSubmit ?? []), evidenceHook(evidenceFiles.submitted)],
      Stop: [...(hooks.Stop ?? []), evidenceHook(evidenceFiles.stopped)],
    },
  };
  return `${JSON.stringify(sortKeys(settings), null, 2)}\n`;
}

/** What is no list of hooks is dropped: the CLI would refuse the whole file for it. */
const userHooks = z
  .record(z.string(), z.array(z.unknown()).catch([]))
  .optional()
  .catch(undefined)
  .transform(hooks => hooks ?? {});

const evidenceHook = (file: string) => ({ hooks: [{ type: 'command', command: evidenceCommand(file), timeout: 10 }] });

/**
 * POSIX sh. Exits 0 and prints nothing whatever happens (exit 2 would block the prompt): no variable, no directory, disk full.
 * Written aside and renamed, so that what is there is whole. Stdin is read even when it
 * cannot be kept, so that the CLI meets no broken pipe.
 */
export function evidenceCommand(file: string): string {
  const target = `"$${turnDirectoryVariable}/${file}"`;
  const aside = `"$${turnDirectoryVariable}/.${file}.$$"`;
  const keep = `[ -d "$${turnDirectoryVariable}" ] && cat >${aside} && mv -f ${aside} ${target}`;
  return `{ umask 077; ${keep} || cat >/dev/null; } >/dev/null 2>&1; exit 0`;
}

/** Objects by key, lists as they are. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sortKeys(each)]));
}
