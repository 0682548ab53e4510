/** What the verbs of the service return. Imported for its types alone where commands start fast: zod is heavy. */
import { z } from 'zod';

export const serviceInstallShape = z.strictObject({
  name: z.string(),
  file: z.string(),
  pid: z.number().nullable(),
  changed: z.boolean(),
});
export type ServiceInstall = z.infer<typeof serviceInstallShape>;

export const serviceUninstallShape = z.strictObject({ name: z.string(), file: z.string(), changed: z.boolean() });
export type ServiceUninstall = z.infer<typeof serviceUninstallShape>;

export const serviceStatusShape = z.strictObject({
  name: z.string(),
  manager: z.string(),
  file: z.string(),
  installed: z.boolean(),
  state: z.string().nullable(),
  pid: z.number().nullable(),
  detail: z.string().nullable(),
});
export type ServiceStatus = z.infer<typeof serviceStatusShape>;
