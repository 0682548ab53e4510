/** The service manager of this machine. */
import { usageError } from '#blackboard/system/errors.ts';
import { launchd } from '#runner/service/launchd.ts';
import type { ServiceManager } from '#runner/service/service-file.ts';
import { systemd } from '#runner/service/systemd.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** `wanted`: `systemd` or `launchd`; undefined: what this platform has. Throws a usage error (64) for another word. */
export function serviceManager(env: Env, wanted?: string): ServiceManager {
  const name = wanted ?? (process.platform === 'darwin' ? 'launchd' : 'systemd');
  if (name === 'systemd') return systemd(env);
  if (name === 'launchd') return launchd(env);
  throw usageError(`expected systemd or launchd, got ${JSON.stringify(name)}`);
}
