/** What the verbs of sessions in terminals return. Imported for its types alone where commands start fast: zod is heavy. */
import { z } from 'zod';
import { timeShape } from '#runner/results/shared.ts';

export const paneShape = z.strictObject({
  kind: z.literal('pane'),
  address: z.string().describe('session:window.pane of tmux'),
  id: z.string().describe("tmux's own, %3"),
  socket: z.string().describe('of its tmux server'),
  state: z.enum(['idle', 'busy', 'drafting', 'modal', 'other']),
  subtype: z
    .string()
    .nullable()
    .describe('more of it: permission, question, plan, compacting, copy-mode… (docs/panes.md)'),
  reason: z.string(),
  name: z.string().nullable().describe('as a peer, else as claude calls the session'),
  session: z.string().nullable().describe("claude's id of the session"),
  pid: z.number().nullable().describe('of claude'),
  lastActivityAt: timeShape.nullable().describe('when its transcript was written last'),
  own: z.boolean().describe('the caller is in it'),
});
export type Pane = z.infer<typeof paneShape>;

export const paneStatusShape = paneShape.extend(
  z.strictObject({
    dialog: z.string().nullable().describe('the text of the dialog that it stands at'),
    sources: z.array(
      z.strictObject({
        source: z.enum(['screen', 'registry', 'transcript']),
        says: z.string(),
        line: z.string().nullable().describe('where it stands'),
      }),
    ),
    gates: z.array(
      z.strictObject({
        verb: z.enum(['send', 'ask', 'cmd', 'esc', 'press', 'self', 'kill', 'list', 'status', 'wait', 'peek', 'tail']),
        isOpen: z.boolean(),
        why: z.string(),
        override: z.literal('--force').nullable().describe('what would open it'),
      }),
    ),
  }).shape,
);
export type PaneStatus = z.infer<typeof paneStatusShape>;

export const saidShape = z.strictObject({
  role: z.enum(['user', 'assistant']),
  at: timeShape.nullable(),
  text: z.string(),
});
export type Said = z.infer<typeof saidShape>;

export const waitShape = z.strictObject({
  result: z.enum(['DONE', 'MODAL']),
  address: z.string(),
  session: z.string().nullable(),
  subtype: z.string().nullable().describe('of the dialog, or of being idle'),
  waitedMs: z.number(),
});
export type Wait = z.infer<typeof waitShape>;

const standShape = z.strictObject({
  state: paneShape.shape.state,
  subtype: paneShape.shape.subtype,
});

export const pressedShape = z.strictObject({
  address: z.string(),
  session: z.string().nullable(),
  key: z.string(),
  before: standShape,
  after: standShape,
});
export type Pressed = z.infer<typeof pressedShape>;

export const typedIntoShape = z.strictObject({
  address: z.string().describe('the pane that it was typed into'),
  session: z.string().nullable(),
  delivery: z
    .enum(['sent', 'queued'])
    .describe('as the transcript proves: a prompt, or one that waits for the end of the turn (only with --force)'),
  text: z.string().describe('as it was sent, with our word first'),
  carried: z
    .strictObject({
      as: z.enum(['message', 'file']),
      name: z.string().describe("the message's id, or the file's path"),
    })
    .nullable()
    .describe('what the text names, because it was too long to be typed; null: it was typed whole'),
});
export type TypedInto = z.infer<typeof typedIntoShape>;

export const commandedShape = z.strictObject({
  address: z.string(),
  session: z.string().nullable().describe('before it: /clear begins another one'),
  command: z.string(),
  tier: z.enum(['red', 'yellow', 'green']),
  delivery: typedIntoShape.shape.delivery,
  after: standShape,
});
export type Commanded = z.infer<typeof commandedShape>;

export const answeredIntoShape = z.strictObject({
  address: z.string(),
  session: z.string().nullable(),
  text: typedIntoShape.shape.text,
  carried: typedIntoShape.shape.carried,
  answer: z.string().describe('the last text of its turn'),
});
export type AnsweredInto = z.infer<typeof answeredIntoShape>;

export const handedOverShape = z.strictObject({
  agent: z.string(),
  session: z.string().describe("claude's id of the session, as it was lent"),
  turn: z.number().describe('of the agent: it lasts until the session is given back'),
  pid: z.number().describe('of the claude that has it'),
  address: z.string(),
  pane: z.string().describe("tmux's own, %3"),
  socket: z.string().describe('of its tmux server'),
  state: standShape.shape.state,
  subtype: standShape.shape.subtype,
});
export type HandedOver = z.infer<typeof handedOverShape>;

export const takenBackShape = z.strictObject({
  agent: z.string(),
  turn: z.number(),
  lent: z.string().describe('the session, as it was lent'),
  session: z.string().nullable().describe('the one that the agent goes on with; null: it begins a new one'),
});
export type TakenBack = z.infer<typeof takenBackShape>;

export const ownCommandShape = z.strictObject({
  address: z.string().describe('of the own pane'),
  session: z.string().nullable(),
  command: z.string(),
  waiter: z.number().describe('pid of the process that waits for the end of the turn'),
  untilAt: timeShape.describe('it gives up then'),
  delivery: typedIntoShape.shape.delivery.nullable().describe('null: it waits; with --wait it was run'),
});
export type OwnCommand = z.infer<typeof ownCommandShape>;

export const spawnedShape = z.strictObject({
  address: z.string().describe('of its pane'),
  pane: z.string().describe("tmux's own, %3"),
  socket: z.string().describe('of its tmux server'),
  name: z.string(),
  session: z.string().nullable().describe("claude's id of it; null: it has none before its first dialog is answered"),
  pid: z.number().nullable().describe('of claude'),
  cwd: z.string(),
  ...standShape.shape,
  prompt: typedIntoShape.shape.delivery.nullable().describe('how the transcript proves it; null: none was given'),
});
export type Spawned = z.infer<typeof spawnedShape>;

export const forkedShape = spawnedShape.extend({ from: z.string().describe('the session that it begins from') });
export type Forked = z.infer<typeof forkedShape>;

export const killedShape = z.strictObject({
  address: z.string(),
  session: z.string().nullable(),
  pid: z.number().nullable().describe('of the claude that is gone; null: it had ended before'),
  before: standShape,
});
export type Killed = z.infer<typeof killedShape>;
