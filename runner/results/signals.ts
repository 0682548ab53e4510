/** What the verbs of signals return. Imported for its types alone where commands start fast: zod is heavy. */
import { z } from 'zod';
import { idShape, timeShape } from '#runner/results/shared.ts';

export const notifyShape = z.strictObject({
  peer: z.string(),
  result: z.enum(['confirmed', 'queued', 'unavailable', 'refused']),
  turn: z.union([z.number(), z.string()]).optional(),
  code: z.string().optional(),
  reason: z.string().optional(),
  retryAt: timeShape.optional(),
  answer: z.enum(['accepted', 'coalesced', 'duplicate', 'refused', 'unavailable', 'unsafe']),
  id: idShape.optional(),
  dueAt: timeShape.optional(),
});
export type Notify = z.infer<typeof notifyShape>;

export const signalsShape = z.strictObject({ signals: z.enum(['on', 'off']) });
export type Signals = z.infer<typeof signalsShape>;
