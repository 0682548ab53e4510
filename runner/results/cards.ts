/** What the verbs of cards return. Imported for its types alone where commands start fast: zod is heavy. */
import { z } from 'zod';
import { idShape, timeShape } from '#runner/results/shared.ts';

const ruleShape = z.strictObject({ toolName: z.string(), ruleContent: z.string().optional() });

/** What a person is asked: a card, or (tool `ask`) a question in the operator's inbox. `input`: the call's arguments as JSON, or their beginning (`inputChars`: how long they are). */
export const cardShape = z.strictObject({
  id: idShape,
  kind: z.enum(['permission', 'question', 'plan']),
  peer: z.string(),
  session: z.string().optional().describe('a session asks: its id'),
  life: z.string().describe('of that peer: another one of its name is another'),
  turn: z.number().describe('0: a session asks'),
  message: idShape.nullable(),
  tool: z.string(),
  input: z.string(),
  inputChars: z.number(),
  reason: z.string().nullable(),
  rules: z.array(ruleShape),
  questions: z.array(
    z.strictObject({
      question: z.string(),
      options: z.array(z.strictObject({ label: z.string(), description: z.string() })),
      several: z.boolean(),
    }),
  ),
  at: timeShape,
  untilAt: timeShape.nullable().describe('null: it stands until somebody ends it'),
});

export const approvalsShape = z.array(cardShape);
export type Approvals = z.infer<typeof approvalsShape>;

/** How a card ended. `rules`: what is allowed for good from now on; `ruleFiles`: where each is kept. */
export const decidedShape = z.strictObject({
  id: idShape,
  peer: z.string(),
  tool: z.string(),
  how: z.enum(['allowed', 'answered', 'denied']),
  rules: z.array(z.string()),
  ruleFiles: z.array(z.string()),
});
export type Decided = z.infer<typeof decidedShape>;
