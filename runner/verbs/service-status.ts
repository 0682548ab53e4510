/** Whether the service of this root is installed and runs. */
import type { ServiceStatus } from '#runner/results/service.ts';
import { findService } from '#runner/service/this-machine.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** Throws 69 if the service manager does not answer, 77 for a foreign unit. */
export async function serviceStatus({ root, env }: VerbContext): Promise<ServiceStatus> {
  const { service, manager, file, isInstalled: installed } = await findService(root, env);
  const { state, pid, detail } = installed ? await manager.state(service) : { state: null, pid: null, detail: null };
  return { name: service.name, manager: manager.name, file, root, installed, state, pid, detail };
}
