// The settings that every turn's claude is given with `--settings`: what must hold whatever the user's or the project's own
// settings say, and the two hooks that leave evidence. Pure. Knows the turn by its environment only.
import { z } from 'zod';
import { turnDirectoryVariable } from '#hooks/claude/turn-variable.ts';

/** Files that the hooks leave in the turn's directory: the hook's own input, one line of JSON. Evidence, never a decision. */
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

/** What a turn's settings say beside the hooks. */
export interface TurnSettings {
  env: Readonly<Record<string, string>>;
  /** Permission rules. */
  deny: readonly string[];
}

const NO_TURN: TurnSettings = { env: {}, deny: [] };

/** What is no object, and what is no list, is dropped: as below. */
const userObject = z.record(z.string(), z.unknown()).catch({});
const userRules = z.array(z.unknown()).catch([]);

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
