/** What the verbs of the service return. Imported for its types alone where commands start fast: zod is heavy. */
import { z } from 'zod';

export const serviceInstallShape = z.strictObject({
  name: z.string(),
  file: z.string(),
  pid: z.number().nullable(),
  changed: z.boolean(),
  advice: z.array(z.string()).describe('what a person should know of it, a line each'),
  leftOut: z.array(z.string()).describe('variables for claude that are set for the caller, and not for the service'),
  environmentFile: z.string().describe('NAME=value lines in it are set for the service, where systemd runs it'),
});
export type ServiceInstall = z.infer<typeof serviceInstallShape>;

export const serviceUninstallShape = z.strictObject({
  name: z.string(),
  file: z.string(),
  root: z.string(),
  changed: z.boolean().describe('false: there was none'),
});
export type ServiceUninstall = z.infer<typeof serviceUninstallShape>;

export const serviceStatusShape = z.strictObject({
  name: z.string(),
  manager: z.string(),
  file: z.string(),
  root: z.string(),
  installed: z.boolean(),
  state: z.enum(['running', 'stopped', 'failed', 'other']).nullable().describe('other: on its way'),
  pid: z.number().nullable(),
  detail: z.string().nullable(),
});
export type ServiceStatus = z.infer<typeof serviceStatusShape>;
