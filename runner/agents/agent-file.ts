/**
 * agent.md: YAML front matter (what the agent may do) and instructions. All mistakes are reported together, each with
 * its line.
 */
import { isAbsolute, resolve } from 'node:path';
import * as z from 'zod';
import { SPEAKING_KINDS } from '#blackboard/messages/kinds.ts';
import { splitFrontMatter } from '#blackboard/messages/message-decode.ts';
import { configurationError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { otherEncoding } from '#blackboard/text/text-encoding.ts';
import { UNIT_MS } from '#blackboard/text/when.ts';
import { FOREIGN_KEYS } from '#runner/agents/foreign-keys.ts';
import { type KnownKeys, lineOf, type Problem, problemsError, readKeys } from '#runner/agents/keys-file.ts';
import type { Schedule } from '#runner/agents/schedule.ts';

const LIST = 'expected a list, as [one, two]';
const RULE = 'expected a permission rule, as Bash(git push *) or Write';
const list = z.array(z.string().min(1), LIST);
const usd = z.number().positive();

const DURATION = 'expected a duration, as 30m, 90s or 2h, or a number of seconds';
/** `30m`, `90s`, `2h`, or a number of seconds → milliseconds. */
const duration = z
  .union([z.number(), z.string().regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, DURATION)], { error: DURATION })
  .transform(toMs)
  .refine(ms => ms > 0 && ms <= limits.turnTimeoutMaxMs, 'expected more than nothing and at most 24 days');

function toMs(value: number | string): number {
  if (typeof value === 'number') return value * 1000;
  const [, amount, unit] = /^([\d.]+)(ms|s|m|h|d)$/.exec(value)!;
  return Number(amount) * UNIT_MS[unit!]!;
}

/** A cron expression or an interval, alone or with its time zone. The calendar parses it later. */
const schedule = z.union(
  [z.string().transform(cron => ({ cron })), z.strictObject({ cron: z.string(), timeZone: z.string().optional() })],
  {
    error: 'expected a cron expression, an interval (every 15m), or {cron: …, timeZone: Europe/Berlin}',
  },
);

/** A pattern that stays below its start directory. */
export const isInside = (pattern: string): boolean =>
  !pattern.startsWith('/') && !pattern.startsWith('~') && !pattern.split('/').includes('..');

const glob = z
  .string()
  .min(1)
  .max(limits.globCharsMax)
  .refine(isInside, 'expected a pattern that begins inside cwd, as src/**/*.ts');

/** passive: reads and reports · normal: its own permissions · allowlist: the tools named for the signal's type. */
const signals = z
  .union(
    [
      z.enum(['passive', 'normal']).transform(permissions => ({ permissions })),
      z.strictObject({
        permissions: z.enum(['passive', 'normal']).default('normal'),
        hooks: z.boolean().default(true),
      }),
      z.strictObject({
        allowlist: z.strictObject({ wake: list.optional(), file_changed: list.optional() }),
        hooks: z.boolean().default(true),
      }),
    ],
    {
      error:
        'expected passive, normal, or {permissions or allowlist: {wake: […], file_changed: […]}, hooks: true or false}',
    },
  )
  .transform(given => ({
    permissions: 'allowlist' in given ? ('allowlist' as const) : given.permissions,
    allowlist: 'allowlist' in given ? given.allowlist : {},
    hooks: 'hooks' in given ? given.hooks : true,
  }));

const resident = z.union(
  [
    z.boolean(),
    z.literal('auto'),
    z.strictObject({
      idleTimeout: duration.default(limits.residentIdleMs),
      maxTurns: z.number().int().min(1).default(limits.residentTurnsMax),
      maxRssMiB: z.number().int().min(1).default(limits.residentRssMiB),
    }),
  ],
  { error: 'expected true, false, auto, or {idleTimeout: 5m, maxTurns: 200, maxRssMiB: 600}' },
);

/** When a resident claude is ended between turns. */
export interface ResidentRule {
  idleTimeout: number;
  maxTurns: number;
  maxRssMiB: number;
  /** It goes when the machine lacks memory. */
  isAuto: boolean;
  /** It ends after the turn that it was started for, and counts for no cap. */
  isOnce: boolean;
}

/** null: every turn has a process of its own. */
function residentRule(given: z.output<typeof resident>): ResidentRule | null {
  if (given === false) return null;
  const rest = { maxTurns: limits.residentTurnsMax, maxRssMiB: limits.residentRssMiB, isOnce: false };
  if (given === 'auto') return { ...rest, idleTimeout: limits.residentAutoMs, isAuto: true };
  if (given === true) return { ...rest, idleTimeout: limits.residentIdleMs, isAuto: false };
  return { ...given, isAuto: false, isOnce: false };
}

const schema = z.strictObject({
  cwd: z.string().min(1),
  /** Turns run in a git worktree of the agent's own, of the repository at cwd. */
  worktree: z.boolean('expected true or false').default(false),
  model: z
    .string()
    .min(1)
    .refine(model => model !== 'inherit', 'expected a model, as sonnet, or no such line: an agent inherits none')
    .optional(),
  effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).optional(),
  permissionMode: z.enum(['manual', 'plan', 'acceptEdits', 'dontAsk', 'auto', 'bypassPermissions']).default('manual'),
  allowedTools: list.default([]),
  disallowedTools: list.default([]),
  addDirs: list.default([]),
  /** Settings for claude, a file's path or an object; ours are merged over it. */
  settings: z
    .union([z.string().min(1), z.record(z.string(), z.unknown())], {
      error: "expected a file's path, or an object of settings",
    })
    .optional(),
  settingSources: z.array(z.enum(['user', 'project', 'local']), LIST).optional(),
  mcpConfig: z.string().min(1).optional(),
  /** Our own MCP server. Absent: an agent whose claude always stays has it, and each tool needs to be allowed. */
  mcp: z.boolean('expected true or false').optional(),
  extraArgs: z.array(z.string(), LIST).default([]),
  maxTurns: z.number().int().positive().optional(),
  batch: z.enum(['thread', 'one']).default('thread'),
  /** Kinds of messages that start a turn. */
  turnOn: z
    .array(z.enum(['request', 'question', 'answer', 'status', 'done', 'note']), LIST)
    .default([...SPEAKING_KINDS]),
  turnTimeout: duration.default(30 * 60_000),
  maxAttempts: z.number().int().min(1).max(100).default(3),
  maxTurnsPerHour: z.number().int().min(1).default(60),
  budget: z
    .strictObject({
      perTurnUsd: usd.default(2),
      perMessageUsd: usd.default(4),
      perDayUsd: usd.default(5),
      /** For turns that only signals started. */
      signalsPerDayUsd: usd.default(1),
    })
    .prefault({}),
  /** What a turn may do that only signals started. */
  signals: signals.prefault('normal'),
  /** When it wakes by itself: cron expressions (`0 9 * * 1-5`), intervals (`every 15m`), with an optional time zone. */
  schedule: z.array(schedule, 'expected a list, as ["every 15m"]').max(limits.agentListMax).default([]),
  /** Files whose change wakes it: globs, from cwd. */
  watch: z.array(glob, 'expected a list, as ["src/**/*.ts"]').max(limits.agentListMax).default([]),
  /** Topics of the board: a new entry of one, from another peer, wakes it. */
  wakeOn: z
    .array(
      z.string().trim().min(1, 'expected a topic').max(limits.entryLabelCharsMax),
      'expected a list of topics, as [builds]',
    )
    .max(limits.agentListMax)
    .default([]),
  /** When the session is replaced by a new one, which begins with a hand-off note from the old one. */
  session: z
    .strictObject({
      /** Part of the model's context window. */
      rotateAtContext: z.number().gt(0).max(1).default(0.6),
      rotateAfterTurns: z.number().int().positive().optional(),
    })
    .default({ rotateAtContext: 0.6 }),
  /** Whether a person is asked for what claude may not do by itself, and for what it asks its person. `off`: it is denied. */
  approvals: z.enum(['on', 'off'], 'expected on or off').default('on'),
  /** How long a person has to answer; then it counts as denied. */
  approvalTimeout: duration.default(limits.approvalTimeoutMs),
  /** Calls for which a person is asked while no process waits: permission rules of claude's. */
  deferFor: z
    .array(
      z
        .string()
        .max(limits.cardRuleCharsMax)
        .regex(/^[A-Za-z][\w*-]*(\(.+\))?$/, RULE),
      LIST,
    )
    .max(limits.agentListMax)
    .default([]),
  /** Whether claude stays after a turn for the next one. */
  resident: resident.default('auto').transform(residentRule),
  enabled: z.boolean().default(true),
});

/** The names of the keys. */
export const AGENT_KEYS: readonly string[] = Object.keys(schema.shape);

/** An agent as agent.md describes it; `cwd` and directories absolute, durations in milliseconds. */
export type AgentDefinition = Omit<z.output<typeof schema>, 'schedule'> & {
  schedule: Schedule[];
  instructions: string;
};

/** parseSchedule of runner/agents/schedule.ts. It needs a calendar, which is loaded only for agents with a schedule. */
export type ScheduleParser = (text: string, timeZone: string | null) => Schedule;

/** Flags that the runner itself sets: given twice, one of them would silently win. */
const OURS =
  /^(-p|--print|-r|--resume|-c|--continue|--session-id|--fork-session|--output-format|--input-format|--permission-mode|--dangerously-skip-permissions|--allow-dangerously-skip-permissions|--append-system-prompt(-file)?|--system-prompt-snapshot|--settings|--max-budget-usd|--max-turns|--bg|--background|--no-session-persistence|--cloud|--from-pr|--)(=|$)/;

/** What `parseAgentFile` needs to read this text; undefined if it has no schedule. */
export const scheduleParserFor = async (text: string): Promise<ScheduleParser | undefined> =>
  text.includes('schedule') ? (await import('#runner/agents/schedule.ts')).parseSchedule : undefined;

/**
 * Reads an agent.md. `home` is the user's home directory (for `~`), `base` what relative directories start from; without
 * `parseSchedule` its schedules are left out. Throws a configuration error that names the file, the line, what was expected
 * and what came.
 */
export function parseAgentFile(
  text: string,
  path: string,
  home: string,
  base: string,
  parseSchedule?: ScheduleParser,
): AgentDefinition {
  const encoding = otherEncoding(text);
  if (encoding) throw configurationError(`${path} ${encoding}`, 'In an editor: "save with encoding".');
  const parts = splitFrontMatter(text);
  if (!parts) throw configurationError(`${path}:1: expected front matter between two lines of "---"`, HINT);
  const { data, source } = readKeys(parts.matter, { path, linesBefore: 1, schema, keys: KEYS, hint: HINT });
  const problems: Problem[] = data.extraArgs
    .filter(argument => OURS.test(argument))
    .map(argument => ({
      line: lineOf(source, ['extraArgs']),
      sentence: `extraArgs may not hold ${argument}: the runner sets it itself`,
    }));
  if (data.approvals === 'off' && data.deferFor.length > 0)
    problems.push({ line: lineOf(source, ['deferFor']), sentence: 'deferFor asks a person, and approvals is off' });
  const schedules = parseSchedule ? data.schedule.map(parseOne) : [];
  if (problems.length > 0) throw problemsError(path, problems, HINT);

  function parseOne(given: z.output<typeof schedule>, index: number): Schedule {
    try {
      return parseSchedule!(given.cron, 'timeZone' in given ? (given.timeZone ?? null) : null);
    } catch (error) {
      const sentence = `"schedule.${index}" is ${JSON.stringify(given.cron)}: ${(error as Error).message}`;
      problems.push({ line: lineOf(source, ['schedule', index]), sentence });
      // Never used: the problem is thrown.
      return undefined as never;
    }
  }
  const absolute = (directory: string) => absolutePath(directory, home, base);
  const { settings } = data;
  return {
    ...data,
    schedule: schedules,
    cwd: absolute(data.cwd),
    addDirs: data.addDirs.map(absolute),
    ...(typeof settings === 'string' ? { settings: absolute(settings) } : {}),
    ...(data.mcpConfig ? { mcpConfig: absolute(data.mcpConfig) } : {}),
    instructions: parts.body.trim(),
  };
}

/** Keys below another key. */
const NESTED = [
  'perTurnUsd',
  'perMessageUsd',
  'perDayUsd',
  'signalsPerDayUsd',
  'rotateAtContext',
  'rotateAfterTurns',
  'idleTimeout',
  'maxRssMiB',
];

const KEYS: KnownKeys = {
  at: path => (path.length === 0 ? AGENT_KEYS : NESTED),
  foreign: FOREIGN_KEYS,
  page: 'see docs/agent-md.md for the keys there are',
};

const HINT = 'Correct that line; docs/agent-md.md lists the keys.';

export function absolutePath(path: string, home: string, base: string): string {
  if (path === '~' || path.startsWith('~/')) return resolve(home, path.slice(2));
  return isAbsolute(path) ? path : resolve(base, path);
}
