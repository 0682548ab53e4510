/** Shapes that several results share. Imported for its types alone where commands start fast: zod is heavy. */
import { z } from 'zod';

export const timeShape = z.iso.datetime();
export type Time = z.infer<typeof timeShape>;

export const dayShape = z.iso.date().describe('local, 2026-11-21');
export type Day = z.infer<typeof dayShape>;

export const idShape = z.string().describe('of a message or an entry: a UUID');
export type Id = z.infer<typeof idShape>;

export const kindShape = z.enum(['request', 'question', 'answer', 'status', 'done', 'note']);
export type Kind = z.infer<typeof kindShape>;

export const attachmentShape = z.strictObject({ name: z.string(), sizeBytes: z.number(), path: z.string().optional() });
export type Attachment = z.infer<typeof attachmentShape>;

export const denialShape = z
  .strictObject({ tool: z.string(), input: z.string().describe('JSON, or its beginning') })
  .describe('a tool call that was refused');
export type Denial = z.infer<typeof denialShape>;

export const messageShape = z.strictObject({
  id: idShape,
  from: z.string(),
  kind: kindShape,
  at: timeShape,
  subject: z.string().nullable(),
  thread: z.string().nullable(),
  inReplyTo: z.array(idShape),
  answers: z
    .array(z.strictObject({ id: z.string(), gist: z.string().nullable().describe('null: it was cleared away') }))
    .describe('the first three of inReplyTo, each in a few words'),
  file: z.string().nullable().describe('the name of the file that was dropped'),
  turn: z.number().nullable(),
  attachments: z.array(attachmentShape),
  denials: z.array(denialShape),
  body: z.string(),
});
export type Message = z.infer<typeof messageShape>;

/** Which way wakes a session, the best that there is, and why none before it. */
export const rungShape = z.strictObject({
  rung: z.enum(['mod', 'socket', 'file', 'prompt']).describe('prompt: nothing does, its next prompt tells'),
  why: z.string(),
});

export const verdictShape = z.enum([
  'answered',
  'void',
  'expired',
  'interrupted',
  'failed',
  'temporary',
  'needs-person',
  'over-budget',
  'too-long',
  'session-lost',
  'cancelled',
  'refused',
  'unstarted',
  'deferred',
]);
export type Verdict = z.infer<typeof verdictShape>;

export const agentStateShape = z.enum([
  'broken',
  'busy',
  'orphaned',
  'disabled',
  'parked',
  'stopped',
  'paused',
  'lent',
  'not-running',
  'backing-off',
  'waiting-for-session',
  'held',
  'asking',
  'idle',
]);
export type AgentState = z.infer<typeof agentStateShape>;

const saysShape = z.string().nullable().describe('what it says that it does (`status --set`), for a day');

export const agentShape = z.strictObject({
  kind: z.literal('agent'),
  name: z.string(),
  state: agentStateShape,
  detail: z.string(),
  needsYou: z.boolean().describe('nothing goes on before somebody does something'),
  waiting: z.number(),
  later: z.number(),
  working: z.number(),
  dead: z.number(),
  todayUsd: z.number(),
  notTaken: z.number().describe('drops that cannot be taken'),
  ignored: z.number().describe('names that are never work'),
  lastActivityAt: timeShape.nullable(),
  permissionMode: z.string().nullable(),
  model: z.string().nullable(),
  runnerPid: z.number().nullable(),
  says: saysShape,
});
export type Agent = z.infer<typeof agentShape>;

export const sessionShape = z.strictObject({
  kind: z.literal('session'),
  name: z.string(),
  id: z.string(),
  state: z.enum(['idle', 'busy', 'waiting', 'unknown', 'ended', 'dead']),
  detail: z.string().nullable(),
  waiting: z.number(),
  later: z.number(),
  notTaken: z.number().describe('drops that cannot be taken'),
  ignored: z.number().describe('names that are never work'),
  dead: z.number(),
  cwd: z.string(),
  lastActivityAt: timeShape,
  pid: z.number().nullable(),
  says: saysShape,
});
export type Session = z.infer<typeof sessionShape>;

export const otherPeerShape = z.strictObject({
  kind: z.literal('other').describe('of a kind that has no row of its own'),
  word: z.string().describe('what it is'),
  name: z.string(),
  waiting: z.number(),
  later: z.number(),
  dead: z.number(),
});
export type OtherPeer = z.infer<typeof otherPeerShape>;
