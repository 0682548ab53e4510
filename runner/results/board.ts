/** What the verbs of the board and of sessions return. Imported for its types alone where commands start fast: zod is heavy. */
import { z } from 'zod';
import { idShape, timeShape } from '#runner/results/shared.ts';

export const entryShape = z.strictObject({
  id: idShape,
  at: timeShape,
  from: z.string(),
  kind: z.enum(['note', 'task', 'question', 'status', 'alert', 'artifact']),
  text: z.string(),
  topic: z.string().optional(),
  key: z.string().optional(),
  ref: z.string().optional(),
  expiresAt: timeShape.optional(),
  long: z.strictObject({ bytes: z.number() }).optional(),
});
export type BoardEntry = z.infer<typeof entryShape>;

export const postShape = z.union([
  z.strictObject({
    id: idShape,
    cursor: z.string(),
    warnings: z.array(z.string()).optional().describe('the entry stands all the same'),
  }),
  z.strictObject({
    current: entryShape
      .nullable()
      .describe('nothing was posted: --if-rev names another value than this one; null: there is none'),
  }),
]);
export type Post = z.infer<typeof postShape>;

export const boardShape = z.array(entryShape);
export type Board = z.infer<typeof boardShape>;

export const renameShape = z.strictObject({
  id: z.string(),
  name: z.string(),
  cwd: z.string(),
  branch: z.string().nullable(),
  process: z
    .object({ pid: z.number(), startTime: z.string(), bootId: z.string(), place: z.string().optional() })
    .nullable(),
  tmux: z.strictObject({ socket: z.string(), pane: z.string() }).nullable(),
  configDir: z.string().nullable(),
  transcript: z.string().nullable(),
  startedAt: timeShape,
  was: z.string().describe('the name or id that it was called by'),
});
export type Rename = z.infer<typeof renameShape>;

export const whoamiShape = z.strictObject({
  kind: z.enum(['agent', 'session', 'operator']),
  name: z.string(),
  id: z.string().nullable().describe('of a session'),
  turn: z.number().nullable(),
  trace: z.string().nullable().describe('the chain of messages that the turn belongs to'),
  hops: z.number().nullable(),
  maxHops: z.number().nullable(),
  says: z.string().nullable(),
  unread: z.number(),
  root: z.string(),
});
export type Whoami = z.infer<typeof whoamiShape>;

export const connectShape = z.strictObject({
  id: z.string(),
  name: z.string(),
  wanted: z.string().nullable(),
  already: z.boolean(),
});
export type Connect = z.infer<typeof connectShape>;

export const disconnectShape = z.strictObject({
  id: z.string(),
  was: z.string(),
  unread: z.number().describe('messages that stay until it is connected again'),
});
export type Disconnect = z.infer<typeof disconnectShape>;

export const autoStartShape = z.strictObject({
  autoStart: z.enum(['on', 'off']),
  notConnected: z
    .array(z.strictObject({ id: z.string(), cwd: z.string() }))
    .describe('living sessions that are no peers'),
});
export type AutoStart = z.infer<typeof autoStartShape>;

const effectShape = z
  .enum(['none', 'made', 'changed', 'removed'])
  .describe('what becomes of the file; with --dry-run: what would');

export const hooksInstallShape = z.strictObject({
  path: z.string(),
  changed: z.boolean(),
  effect: effectShape,
  backup: z.string().nullable(),
});
export type HooksInstall = z.infer<typeof hooksInstallShape>;

export const hooksUninstallShape = z.strictObject({
  path: z.string(),
  changed: z.boolean(),
  effect: effectShape,
  otherRoots: z.array(z.string()).describe('whose hooks stay in it'),
});
export type HooksUninstall = z.infer<typeof hooksUninstallShape>;

export const hooksPluginShape = z.strictObject({ path: z.string() });
export type HooksPlugin = z.infer<typeof hooksPluginShape>;

export const pluginInstallShape = z.strictObject({
  path: z.string(),
  version: z.string().nullable(),
  changed: z.boolean(),
});
export type PluginInstall = z.infer<typeof pluginInstallShape>;

export const pluginUninstallShape = z.strictObject({ changed: z.boolean() });
export type PluginUninstall = z.infer<typeof pluginUninstallShape>;

export const pluginStatusShape = z.strictObject({
  version: z.string().nullable().describe('null: it is not installed'),
  enabled: z.boolean(),
  path: z.string().nullable().describe('where claude reads it'),
  hooksToo: z.boolean().describe('the hooks are in a settings.json as well'),
  command: z.string().nullable().describe('the agent-runner that is on the PATH'),
  mod: z
    .strictObject({ lives: z.number(), sessions: z.number() })
    .describe('in how many of the living sessions the plugin’s mod says that it lives'),
});
export type PluginStatus = z.infer<typeof pluginStatusShape>;

export const hooksStatusShape = z.strictObject({
  installs: z.array(
    z.strictObject({ scope: z.string(), path: z.string(), state: z.string(), problems: z.array(z.string()) }),
  ),
  notAsked: z.string().nullable(),
  log: z.array(z.string()).describe('the last trouble'),
  logPath: z.string(),
});
export type HooksStatus = z.infer<typeof hooksStatusShape>;
