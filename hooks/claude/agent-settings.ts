// The settings that every turn's claude gets with `--settings`: they override the user's and the project's own
// settings, and add the two hooks that leave evidence. Pure. Knows the turn only from its environment.
import { z } from 'zod';
import { turnDirectoryVariable } from '#hooks/claude/turn-variable.ts';

/**
 * Files that the hooks leave in the turn's directory: the hook's own input, one line of JSON. They are evidence, never
 * a decision.
 */
export const evidenceFiles = { submitted: 'submitted', stopped: 'stopped' } as const;

/**
 * The text of a turn's settings file, with a user's own settings (an object as in settings.json) under ours: their hooks run
 * beside ours, our keys win. Same input, same bytes.
 * - disableAllHooks false: a project's or user's `true` would silence our hooks, too.
 * - crossSessionInbound refuse: native peer messages would start rounds in the turn that nobody sent through the inbox.
 * - env: what a project's settings set goes over the environment that claude was started with, also in a directory nobody
 *   trusted; what is set here goes over that (measured, CLI 2.1.332).
 * - permissions.deny: a rule that denies wins over whatever allows, in every mode.
 */
export function agentSettings(user: Readonly<Record<string, unknown>> = {}, turn: TurnSettings = NO_TURN): string {
  const hooks = userHooks.parse(user.hooks);
  const permissions = userObject.parse(user.permissions);
  const settings = {
    ...user,
    env: { ...userObject.parse(user.env), ...turn.env },
    permissions: { ...permissions, deny: [...userRules.parse(permissions.deny), ...turn.deny] },
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

/** What a turn's settings contain beside the hooks. */
export interface TurnSettings {
  env: Readonly<Record<string, string>>;
  /** Permission rules. */
  deny: readonly string[];
}

const NO_TURN: TurnSettings = { env: {}, deny: [] };

/** Anything that is not an object, and not a list, is dropped, as below. */
const userObject = z.record(z.string(), z.unknown()).catch({});
const userRules = z.array(z.unknown()).catch([]);

/** Anything that is not a list of hooks is dropped: the CLI would refuse the whole file because of it. */
const userHooks = z
  .record(z.string(), z.array(z.unknown()).catch([]))
  .optional()
  .catch(undefined)
  .transform(hooks => hooks ?? {});

const evidenceHook = (file: string) => ({ hooks: [{ type: 'command', command: evidenceCommand(file), timeout: 10 }] });

/**
 * POSIX sh. Always exits 0 and prints nothing (exit 2 would block the prompt): also without the variable, without the
 * directory, or on a full disk. Writes to another name and renames, so that the file is complete. Reads stdin even if
 * it cannot be kept, so that the CLI meets no broken pipe.
 */
export function evidenceCommand(file: string): string {
  const target = `"$${turnDirectoryVariable}/${file}"`;
  const aside = `"$${turnDirectoryVariable}/.${file}.$$"`;
  const keep = `[ -d "$${turnDirectoryVariable}" ] && cat >${aside} && mv -f ${aside} ${target}`;
  return `{ umask 077; ${keep} || cat >/dev/null; } >/dev/null 2>&1; exit 0`;
}

/** Merges objects by key; lists stay as they are. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sortKeys(each)]));
}
