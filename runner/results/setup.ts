/** What the verbs that set things up return. Imported for its types alone where commands start fast: zod is heavy. */
import { z } from 'zod';

export const initShape = z.strictObject({
  root: z.string(),
  made: z.boolean(),
  agents: z.number(),
  shut: z.boolean().describe('others could read it, and now cannot'),
  configLine: z
    .string()
    .nullable()
    .describe('what somebody has to write into config.yaml, so that later commands know it'),
});
export type Init = z.infer<typeof initShape>;

export const addShape = z.strictObject({
  name: z.string(),
  template: z.string(),
  cwd: z.string(),
  path: z.string(),
  inbox: z.string(),
  definition: z.string().describe('its agent.md'),
  transcript: z.string(),
  permissionMode: z.string(),
  readsProject: z.boolean().describe('of the project it works in: settings, which may run commands, and CLAUDE.md'),
  leavesOut: z.boolean().describe('the project has such, and it does not read them'),
});
export type Add = z.infer<typeof addShape>;

export const removeShape = z.strictObject({
  name: z.string(),
  kept: z.string().describe('where everything of it is now'),
  buried: z.number(),
  worktrees: z
    .array(
      z.strictObject({
        path: z.string(),
        branch: z.string(),
        kept: z.string().nullable().describe('why; null: it was taken away, with its branch'),
      }),
    )
    .describe('that it had because of worktree: true'),
});
export type Remove = z.infer<typeof removeShape>;

export const templatesShape = z.array(
  z.strictObject({
    name: z.string(),
    path: z.string(),
    own: z.boolean(),
    about: z.string(),
    problem: z.string().nullable(),
  }),
);
export type Templates = z.infer<typeof templatesShape>;

export const templateShape = z.strictObject({ name: z.string(), path: z.string(), text: z.string() });
export type Template = z.infer<typeof templateShape>;

export const doctorShape = z.strictObject({
  healthy: z.boolean(),
  checks: z.array(
    z.strictObject({
      check: z.string().describe('what was looked at: root, links, write, watch, node, claude, login…'),
      ok: z.boolean(),
      sentence: z.string().describe('what was found, without a full stop'),
      mend: z.string().nullable().describe('the fix, with the command; null: nothing is wrong'),
    }),
  ),
});
export type Doctor = z.infer<typeof doctorShape>;
