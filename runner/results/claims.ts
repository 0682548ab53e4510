/** What the verbs of claims and tasks return. Imported for its types alone where commands start fast: zod is heavy. */
import { z } from 'zod';
import { idShape, timeShape } from '#runner/results/shared.ts';

export const claimedShape = z.strictObject({
  what: z.union([
    z.strictObject({ kind: z.enum(['entry']), id: idShape }),
    z.strictObject({ kind: z.enum(['key']), key: z.string(), topic: z.string().optional() }),
    z.strictObject({
      kind: z.enum(['path']),
      base: z.string().describe('a real path; without glob it means that file. A directory has the glob **'),
      glob: z.string().optional(),
    }),
  ]),
  by: z.string().describe('its owner’s name now'),
  owner: z.enum(['session', 'agent', 'operator']),
  isOwn: z.boolean().describe('the caller’s own'),
  since: timeShape,
  until: timeShape,
});
export type StandingClaim = z.infer<typeof claimedShape>;

export const claimShape = z.strictObject({
  state: z.enum(['claimed', 'renewed', 'lost']).describe('lost: the claim below is in the way'),
  claim: claimedShape,
});
export type ClaimResult = z.infer<typeof claimShape>;

export const releaseShape = z.strictObject({ released: claimedShape });
export type Release = z.infer<typeof releaseShape>;

export const claimsShape = z.array(claimedShape);
export type Claims = z.infer<typeof claimsShape>;

export const taskShape = z.strictObject({
  id: idShape.describe('of the entry that is the newest value of its key'),
  key: z.string(),
  text: z.string(),
  state: z.enum(['open', 'taken', 'done']),
  by: z.string().nullable().describe('who took it, or did it; null: open'),
  until: timeShape.nullable().describe('until when it is taken'),
  from: z.string().describe('who posted that entry'),
  at: timeShape,
});
export type Task = z.infer<typeof taskShape>;

export const tasksShape = z.array(taskShape);
export type Tasks = z.infer<typeof tasksShape>;

export const taskTakeShape = z.strictObject({
  isTaken: z.boolean().describe('by this call'),
  task: taskShape.nullable().describe('null: no task is open'),
});
export type TaskTake = z.infer<typeof taskTakeShape>;
