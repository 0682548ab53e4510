/** config.yaml: limits for the whole fleet. Every key has a default; the file may be missing. */
import { availableParallelism } from 'node:os';
import * as z from 'zod';
import { saysRefuse } from '#blackboard/claims/claim.ts';
import { saysTakeAll } from '#blackboard/inbox/never-work.ts';
import { rootLayout } from '#blackboard/layout.ts';
import { configurationError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { LOST_LINK_HINT, lostLink } from '#blackboard/system/lost-link.ts';
import { otherEncoding } from '#blackboard/text/text-encoding.ts';
import { type KnownKeys, readKeys } from '#runner/agents/keys-file.ts';

const UNITS = { KB: 1e3, MB: 1e6, GB: 1e9 } as const;

/** `1 GB`, `500 MB`, or a number of bytes. */
const bytes = z.union([
  z.number().int().min(0),
  z
    .string()
    .regex(/^\d+(\.\d+)? ?(KB|MB|GB)$/, 'expected bytes, as 1000000, 500 MB or 1 GB')
    .transform(text => Math.round(Number.parseFloat(text) * UNITS[text.slice(-2) as keyof typeof UNITS])),
]);

/** How long finished things are kept; nothing unfinished is ever removed. */
const retention = z.strictObject({
  /** Days for which turns' files and messages that are done are kept. */
  days: z.number().int().min(1).default(30),
  /** Bytes of turns' files that one agent may keep; today's stay, whatever their size. */
  turnsBytes: bytes.default(1e9),
  /** Bytes of messages that are done, attachments included, that one inbox may keep; those of today and yesterday stay. */
  doneBytes: bytes.default(1e9),
});

export type Retention = z.output<typeof retention>;

const GROUP_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** A relative path would depend on where the runner was started, and `~` is not expanded here. */
const isProgram = (text: string): boolean => /^[^/~-][^/]*$|^\//.test(text);

const RULE_DOES = `expected notify, /compact, /context, /rename, or {send: "…"} of at most ${limits.ruleTextCharsMax} characters`;

/** What to do with a session whose conversation is that full, once for each time that it has become so. */
const contextRule = z.strictObject({
  when: z
    .string()
    .regex(/^context > 0\.\d{1,6} and idle$/, 'expected "context > 0.6 and idle": the part of the window that is used'),
  /** A slash command, a note to the operator, or a text that is sent. */
  do: z.union(
    [
      z.literal('notify'),
      z.string().regex(/^\/(?:compact|context|rename)(?: [^\n]{1,200})?$/, RULE_DOES),
      z.strictObject({ send: z.string().trim().min(1).max(limits.ruleTextCharsMax) }),
    ],
    { error: RULE_DOES },
  ),
  /** Names or ids; without them, every session that our hooks know. */
  sessions: z.array(z.string().min(1).max(limits.peerNameCharsMax)).min(1).optional(),
  /** Tokens of the model's window, where its name does not tell it. */
  window: z.number().int().min(1000).optional(),
});

export type ContextRule = z.output<typeof contextRule>;

const schema = z.strictObject({
  /** Turns that may run at once over all agents. */
  maxConcurrentTurns: z.number().int().min(1).default(Math.min(4, availableParallelism())),
  /** Claude processes that may stay after their turns (`resident` in agent.md); 0: none. */
  maxResidents: z.number().int().min(0).default(limits.residentsMax),
  /** MiB that all of them together may have; the one that idles longest goes first. */
  residentsMaxMiB: z.number().int().min(1).optional(),
  /** MiB that claude processes which wait for a person's answer may have together; above that no new turn starts. */
  askingMaxMiB: z.number().int().min(1).default(limits.askingMiBMax),
  /** The part of a window of claude's plan from which on work of low priority waits; without it, it never does. */
  pace: z.strictObject({ window: z.number().gt(0).max(1) }).optional(),
  /** USD that all agents together may spend in one local day. */
  perDayUsd: z.number().positive().default(limits.fleetPerDayUsd),
  /** USD that a message and all that it causes may cost together; without it, only --budget-usd says. */
  perTraceUsd: z.number().positive().optional(),
  /** Length of a chain of messages, from the first one that no turn sent. */
  maxHops: z.number().int().min(0).max(1000).default(limits.hopsMax),
  /** The claude executable; a name is looked up in PATH. */
  claude: z.string().min(1).default('claude'),
  /** Seconds that running turns get when the runner is told to stop. */
  stopGraceSeconds: z
    .number()
    .min(0)
    .default(limits.shutdownGraceMs / 1000),
  retention: retention.prefault({}),
  /** How a session may be woken: keys are typed into its tmux pane only if this allows it. */
  signals: z.strictObject({ keys: z.boolean().default(false) }).prefault({}),
  /** What is done with sessions whose conversation is nearly full; none: nothing. */
  contextRules: z.array(contextRule).max(limits.contextRulesMax).default([]),
  /**
   * A program and its arguments, run for each new message to the operator, never through a shell: the message is on its
   * stdin (operator-notifier.ts).
   */
  onOperatorMessage: z
    .array(
      z
        .string({ error: 'expected text: a number stands in quotes, as "-0"' })
        .max(limits.notifierArgumentCharsMax)
        .refine(text => !text.includes('\0'), 'expected no NUL in it'),
      {
        error: 'expected a list, [program, argument, …]: it is no shell command',
      },
    )
    .min(1, 'expected a program')
    .max(limits.notifierArgumentsMax)
    .refine(([program]) => isProgram(program ?? ''), 'expected a program by its name in PATH or by its absolute path')
    .optional(),
  /** Groups of peers: `@backend` stands for all of them. */
  groups: z
    .record(
      z.string().regex(GROUP_NAME, 'expected a name: small letters, digits and "-"'),
      z.array(z.string().min(1).max(limits.peerNameCharsMax)).min(1).max(limits.groupPeersMax),
    )
    .default({}),
  /** A session or an agent that is about to change a file which another one has claimed is told so, or is refused. */
  claimedPaths: z.enum(['warn', 'refuse']).default('warn'),
  /** Names that are never work (blackboard/inbox/never-work.ts) are taken, too. */
  takeAll: z.boolean().default(false),
  /** `forced`: use this root although its file system lacks hard links or lies on a network. */
  filesystem: z.enum(['checked', 'forced']).default('checked'),
});

export type FleetConfig = z.output<typeof schema>;

/** Reads config.yaml. Throws a configuration error with all mistakes, each with its line. */
export async function readConfig(files: Files, root: string): Promise<FleetConfig> {
  const path = rootLayout(root).config;
  const text = await readText(files, path, limits.recordBytesMax);
  // A person's limits must not count as missing.
  const lost = text === null ? await lostLink(files, path) : null;
  if (lost) throw configurationError(lost, LOST_LINK_HINT);
  const encoding = otherEncoding(text ?? '');
  if (encoding) throw configurationError(`${path} ${encoding}`, 'In an editor: "save with encoding".');
  const hint = `The keys are: ${CONFIG_KEYS.join(', ')}.`;
  const { data } = readKeys(text ?? '', { path, linesBefore: 0, schema, keys: KEYS, hint });
  if (data.takeAll !== saysTakeAll(text ?? '')) throw notByItself(path, 'takeAll: true');
  if ((data.claimedPaths === 'refuse') !== saysRefuse(text ?? '')) throw notByItself(path, 'claimedPaths: refuse');
  return data;
}

const notByItself = (path: string, line: string) =>
  configurationError(
    `${path}: ${line.split(' ')[0]} expected it in a line of its own at the beginning of the line, because hooks read it without YAML`,
    `Write it so: ${line}`,
  );

export const CONFIG_KEYS = Object.keys(schema.shape);

const NESTED: Readonly<Record<string, readonly string[]>> = {
  retention: Object.keys(retention.shape),
  signals: ['keys'],
  pace: ['window'],
  contextRules: Object.keys(contextRule.shape),
};

const KEYS: KnownKeys = {
  at: path => (path.length === 0 ? CONFIG_KEYS : (NESTED[String(path[0])] ?? [])),
  foreign: { parkedMaxMiB: 'it is called "askingMaxMiB" now' },
  page: 'there is no such key',
};
