/** What the verbs of messages return. Imported for its types alone where commands start fast: zod is heavy. */
import { z } from 'zod';
import {
  attachmentShape,
  denialShape,
  idShape,
  kindShape,
  messageShape,
  timeShape,
  verdictShape,
} from '#runner/results/shared.ts';

const waitsShape = z
  .string()
  .nullable()
  .optional()
  .describe('why nobody will work on it now, and what settles it; on a terminal only');

const reachShape = z.strictObject({
  when: z.enum(['now', 'next-turn', 'back']).describe('it is read now, with its next turn, or when it is back'),
  proof: z.string().describe('what that rests on'),
});
export type Reach = z.infer<typeof reachShape>;

const reachedShape = reachShape.nullable().optional().describe('null: it is held until later; on a terminal only');

export const sendShape = z.strictObject({
  id: idShape,
  to: z.string(),
  kind: kindShape,
  delivery: z.enum(['delivered', 'duplicate']),
  notBefore: timeShape.optional(),
  waits: waitsShape,
  reach: reachedShape,
});
export type Send = z.infer<typeof sendShape>;

export const atShape = sendShape;
export type At = z.infer<typeof atShape>;

export const askShape = z.strictObject({
  id: idShape,
  reply: z.strictObject({ id: idShape, from: z.string(), body: z.string(), turn: z.number().nullable() }).nullable(),
  outcome: z.enum(['replied', 'dead', 'done']).nullable().describe('null: none within the time'),
  denials: z.array(denialShape),
  reason: z.string().optional(),
});
export type Ask = z.infer<typeof askShape>;

/** What `ask` returns of a group. */
export const askGroupShape = z.array(
  askShape.extend(
    z.strictObject({ to: z.string(), id: idShape.nullable().describe('null: it was not sent, for the reason') }).shape,
  ),
);
export type AskGroup = z.infer<typeof askGroupShape>;

export const broadcastShape = z.strictObject({
  id: idShape.describe('of the broadcast; with --id it is repeated, for those who have not got it'),
  peers: z.array(
    z.strictObject({
      to: z.string(),
      kind: z.string().nullable().describe('agent, session, operator; null: there is no such peer'),
      id: idShape.nullable().describe('of its message'),
      delivery: z.enum(['delivered', 'duplicate', 'failed']),
      problem: z.string().nullable(),
    }),
  ),
});
export type Broadcast = z.infer<typeof broadcastShape>;

export const replyShape = z.strictObject({
  id: idShape,
  to: z.string(),
  delivery: z.enum(['delivered', 'duplicate']),
  waits: waitsShape,
});
export type Reply = z.infer<typeof replyShape>;

export const inboxShape = z.array(messageShape.extend(z.strictObject({ unread: z.boolean() }).shape));
export type Inbox = z.infer<typeof inboxShape>;

export const readShape = messageShape.extend(
  z.strictObject({ to: z.string(), state: z.enum(['new', 'later', 'cur', 'done', 'dead']) }).shape,
);
export type Read = z.infer<typeof readShape>;

export const ackShape = z.array(
  z.strictObject({
    id: idShape,
    peer: z.string(),
    state: z.enum(['acked', 'done', 'dead']).describe('done: it was before'),
  }),
);
export type Ack = z.infer<typeof ackShape>;

/** How far a message has come: docs/message-words.md. */
export const messageWordShape = z.enum(['queued', 'claimed', 'started', 'seen', 'ended', 'replied', 'done', 'dead']);
export type MessageWord = z.infer<typeof messageWordShape>;

export const stepShape = z.union([
  z.strictObject({ step: z.literal('queued'), at: timeShape }),
  z.strictObject({
    step: z.literal('claimed'),
    at: timeShape,
    turn: z.number().nullable().describe('null: a hook of its session has it'),
    mode: z.enum(['body', 'check', 'interrupted']),
    rider: z.boolean(),
    alsoIn: z.string().nullable().describe('the earlier session, whose conversation may contain its text too'),
  }),
  z.strictObject({ step: z.literal('started'), at: timeShape, turn: z.number(), pid: z.number(), session: z.string() }),
  z.strictObject({
    step: z.literal('seen'),
    at: timeShape.describe('at the latest'),
    turn: z.number().nullable().describe('null: by a session'),
    proof: z.string(),
  }),
  z.strictObject({ step: z.literal('stopping'), at: timeShape, turn: z.number(), reason: z.string(), by: z.string() }),
  z.strictObject({
    step: z.literal('ended'),
    at: timeShape,
    turn: z.number(),
    verdict: verdictShape,
    reason: z.string().nullable(),
    costUsd: z.number(),
    denials: z.array(denialShape),
  }),
  // The attempt counts; the message waits again.
  z.strictObject({ step: z.literal('failed'), at: timeShape, turn: z.number(), failures: z.number() }),
  // The turn failed through no fault of the message, which waits again.
  z.strictObject({ step: z.literal('released'), at: timeShape, turn: z.number() }),
  z.strictObject({
    step: z.literal('replied'),
    at: timeShape,
    turn: z.number().nullable(),
    reply: idShape.nullable(),
    undelivered: z.string().nullable(),
  }),
  z.strictObject({ step: z.literal('done'), at: timeShape, turn: z.number().nullable() }),
  z.strictObject({ step: z.literal('dead'), at: timeShape, turn: z.number().nullable(), reason: z.string() }),
  z.strictObject({ step: z.literal('requeued'), at: timeShape, by: z.string() }),
]);
export type Step = z.infer<typeof stepShape>;

export const traceShape = z.strictObject({
  id: idShape,
  to: z.string(),
  from: z.string().nullable(),
  kind: kindShape.nullable(),
  subject: z.string().nullable(),
  thread: z.string().nullable(),
  gist: z.string().nullable().describe('in a line: its subject, its file or its first words'),
  inReplyTo: z.array(idShape),
  answers: z
    .array(z.strictObject({ id: idShape, gist: z.string().nullable() }))
    .describe('of inReplyTo, the first three, by what they were about'),
  trace: z.string().nullable(),
  hops: z.number().nullable(),
  attachments: z.array(attachmentShape),
  state: messageWordShape,
  place: z.strictObject({ state: z.enum(['new', 'later', 'cur', 'done', 'dead']), path: z.string() }).nullable(),
  steps: z.array(stepShape),
  waits: z.string().nullable().describe('queued, and nobody works on it: why, and what settles it'),
  clearedBefore: z
    .number()
    .nullable()
    .describe('turns before this one may have had it and never started; they are cleared away'),
});
export type Trace = z.infer<typeof traceShape>;

export const explainShape = z.strictObject({
  id: idShape,
  to: z.string(),
  from: z.string().nullable(),
  gist: z.string().nullable(),
  state: messageWordShape,
  steps: z.array(
    z.strictObject({
      step: z.enum([...messageWordShape.options, 'stopping', 'failed', 'released', 'requeued']),
      at: timeShape,
      turn: z.number().nullable(),
      proves: z.string().describe('what is certain when the step is shown'),
      evidence: z.array(
        z.strictObject({
          path: z.string(),
          what: z.string().describe('what of the file proves it'),
          isThere: z.boolean().describe('false: cleared away since it was read'),
        }),
      ),
      isProven: z.boolean().describe('all of its evidence is there'),
    }),
  ),
  open: z
    .array(z.strictObject({ word: messageWordShape, proves: z.string() }))
    .describe('the words that nothing proves yet, each with what it would say'),
});
export type Explain = z.infer<typeof explainShape>;

export const cancelShape = z.strictObject({
  agent: z.string(),
  message: idShape.nullable().describe('null: the turn, with all its messages'),
  turn: z.number().nullable(),
  dead: z.array(idShape),
  isFinished: z.boolean().describe('false: the next runner does it'),
  costUsd: z.number().nullable().describe('what the turn that was stopped is booked with'),
  costBasis: z
    .enum(['reported', 'shown', 'estimated', 'nothing'])
    .nullable()
    .describe("claude's count · its stream's · an estimate · no model was asked"),
});
export type Cancel = z.infer<typeof cancelShape>;

const droppedAsShape = z
  .string()
  .nullable()
  .describe('the name of a dropped file that never became a message; null: it is a message');

export const deadListShape = z.array(
  z.strictObject({
    peer: z.string(),
    id: idShape,
    file: z.string(),
    droppedAs: droppedAsShape,
    at: timeShape,
    from: z.string().nullable(),
    kind: kindShape.nullable(),
    reason: z.string(),
  }),
);
export type DeadList = z.infer<typeof deadListShape>;

export const deadShowShape = z.strictObject({
  peer: z.string(),
  id: idShape,
  file: z.string(),
  droppedAs: droppedAsShape,
  path: z.string(),
  at: timeShape,
  reason: z.string(),
  text: z.string().nullable(),
  noText: z.string().nullable().describe('why there is no text'),
});
export type DeadShow = z.infer<typeof deadShowShape>;

export const deadRequeueShape = z.strictObject({
  id: idShape,
  peer: z.string(),
  kind: z.enum(['message', 'drop']),
  path: z.string().nullable().describe('where a drop lies again'),
  waits: z.string().nullable().describe('nobody works on it: why, and what settles it'),
});
export type DeadRequeue = z.infer<typeof deadRequeueShape>;

export const deadPurgeShape = z.array(
  z.strictObject({ peer: z.string(), id: idShape, file: z.string(), droppedAs: droppedAsShape }),
);
export type DeadPurge = z.infer<typeof deadPurgeShape>;
