/** The service manager of this machine. */
import { usageError } from '#blackboard/system/errors.ts';
import { homeDirectory } from '#blackboard/system/home-directory.ts';
import { launchd } from '#runner/service/launchd.ts';
import { installedText, type ServiceManager } from '#runner/service/service-file.ts';
import { serviceName } from '#runner/service/service-order.ts';
import { systemd } from '#runner/service/systemd.ts';

/** `wanted`: `systemd` or `launchd`; undefined: what this platform has. Throws a usage error (64) for another word. */
export function serviceManager(env: NodeJS.ProcessEnv, wanted?: string): ServiceManager {
  const name = wanted ?? (process.platform === 'darwin' ? 'launchd' : 'systemd');
  if (name === 'systemd') return systemd(env);
  if (name === 'launchd') return launchd(env);
  throw usageError(`expected systemd or launchd, got ${JSON.stringify(name)}`);
}

/** The service of this root, installed or not. Throws 77 for a unit of somebody else's. */
export async function findService(root: string, env: NodeJS.ProcessEnv) {
  const home = homeDirectory(env);
  const service = { name: await serviceName(root, home), home };
  const manager = serviceManager(env);
  const file = manager.file(service);
  return { service, manager, file, isInstalled: (await installedText(file)) !== null };
}
