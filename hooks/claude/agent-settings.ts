// The settings that every turn's claude gets with `--settings`: they override the user's and the project's own
// settings, and add a hook that leaves evidence. Pure. Knows the turn only from its environment.
import { z } from 'zod';
import { limits } from '#blackboard/system/limits.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import { CHANGING_TOOLS } from '#hooks/claude/changing-tools.ts';
import { deferHooks } from '#hooks/claude/defer-hook.ts';
import { turnDirectoryVariable } from '#hooks/claude/turn-variable.ts';

/**
 * The text of a turn's settings file, with a user's own settings (an object as in settings.json) under ours: their hooks run
 * beside ours, our keys win. Same input, same bytes.
 * - disableAllHooks false: a project's or user's `true` would silence our hooks, too.
 * - crossSessionInbound refuse: native peer messages would start rounds in the turn that nobody sent through the inbox.
 * - env: what a project's settings set goes over the environment that claude was started with, also in a directory nobody
 *   trusted; what is set here goes over that (measured, CLI 2.1.332).
 * - permissions.deny: a rule that denies wins over whatever allows, in every mode.
 * - UserPromptSubmit: leaves `submitted` in the turn's directory, as evidence that claude has taken up the prompt. Only of a claude that
 *   does not say so itself, in its lines about the prompt's uuid: a hook costs each turn some 10 ms.
 */
export function agentSettings(user: Readonly<Record<string, unknown>> = {}, turn: TurnSettings = NO_TURN): string {
  const hooks = userHooks.parse(user.hooks);
  const permissions = userObject.parse(user.permissions);
  const before = [
    ...(turn.beforeChange ? [changeHook(turn.beforeChange)] : []),
    ...(turn.deferFor?.length || turn.held ? [deferHooks(turn.deferFor ?? [], turn.held)] : []),
  ];
  const settings = {
    ...user,
    env: { ...userObject.parse(user.env), ...turn.env },
    permissions: {
      ...permissions,
      ...(turn.allow.length > 0 ? { allow: [...userRules.parse(permissions.allow), ...turn.allow] } : {}),
      deny: [...userRules.parse(permissions.deny), ...turn.deny],
    },
    disableAllHooks: false,
    crossSessionInbound: 'refuse',
    hooks: {
      ...hooks,
      ...(before.length > 0 ? { PreToolUse: [...(hooks.PreToolUse ?? []), ...before] } : {}),
      ...(turn.heard ? { SessionStart: [...(hooks.SessionStart ?? []), heardHook(turn.heard)] } : {}),
      ...(turn.saysItself ? {} : { UserPromptSubmit: [...(hooks.UserPromptSubmit ?? []), SUBMITTED_HOOK] }),
    },
  };
  return `${JSON.stringify(sortKeys(settings), null, 2)}\n`;
}

/** What a turn's settings contain beside the user's. */
export interface TurnSettings {
  /** This claude says of each line that it has taken it up. */
  saysItself?: boolean;
  env: Readonly<Record<string, string>>;
  /** Permission rules. */
  allow: readonly string[];
  deny: readonly string[];
  /** A command for before a tool changes a file. */
  beforeChange?: string;
  /** Permission rules: such calls end the turn, and a person is asked. */
  deferFor?: readonly string[];
  /** The id of the call that the session holds. */
  held?: string | undefined;
  /** A file that gets a line each time a session begins: of a claude whose person may change it. */
  heard?: string;
}

const NO_TURN: TurnSettings = { env: {}, allow: [], deny: [] };

const changeHook = (command: string) => ({
  matcher: CHANGING_TOOLS,
  hooks: [{ type: 'command', command, timeout: limits.hookTimeoutSeconds }],
});

/** Exits with 0, and prints nothing, whatever becomes of it. */
const heardHook = (path: string) => ({
  hooks: [
    {
      ...{ type: 'command', timeout: limits.hookTimeoutSeconds },
      command: `{ umask 077; { cat; echo; } >>${quoted(path)} || cat >/dev/null; } 2>/dev/null; exit 0`,
    },
  ],
});

/** Anything that is not an object, and not a list, is dropped, as below. */
const userObject = z.record(z.string(), z.unknown()).catch({});
const userRules = z.array(z.unknown()).catch([]);

/** Anything that is not a list of hooks is dropped: the CLI would refuse the whole file because of it. */
const userHooks = z
  .record(z.string(), z.array(z.unknown()).catch([]))
  .optional()
  .catch(undefined)
  .transform(hooks => hooks ?? {});

/**
 * POSIX sh. Always exits 0 and prints nothing (exit 2 would block the prompt): also without the variable, without the
 * directory, or on a full disk. Writes to another name and renames, so that the file is complete. Reads stdin even if
 * it cannot be kept, so that the CLI meets no broken pipe.
 */
export const submittedCommand = (() => {
  const place = `"$${turnDirectoryVariable}`;
  const keep = `[ -d ${place}" ] && cat >${place}/.submitted.$$" && mv -f ${place}/.submitted.$$" ${place}/submitted"`;
  return `{ umask 077; ${keep} || cat >/dev/null; } >/dev/null 2>&1; exit 0`;
})();

const SUBMITTED_HOOK = { hooks: [{ type: 'command', command: submittedCommand, timeout: 10 }] };

/** Merges objects by key; lists stay as they are. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sortKeys(each)]));
}
