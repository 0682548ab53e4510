/** Whether the service of this root is installed and runs. */
import type { ServiceStatus } from '#runner/results/service.ts';
import { installedText } from '#runner/service/service-file.ts';
import { homeOf, serviceName } from '#runner/service/service-order.ts';
import { serviceManager } from '#runner/service/this-machine.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** Throws 69 where the service manager does not answer, 77 for a unit of somebody else's. */
export async function serviceStatus({ root, env }: VerbContext): Promise<ServiceStatus> {
  const home = homeOf(env);
  const order = { name: await serviceName(root, home), home };
  const manager = serviceManager(env);
  const file = manager.file(order);
  const installed = (await installedText(file)) !== null;
  const { state, pid, detail } = installed ? await manager.state(order) : { state: null, pid: null, detail: null };
  return { name: order.name, manager: manager.name, file, root, installed, state, pid, detail };
}
