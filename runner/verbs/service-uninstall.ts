/** Ends the service and takes its unit away; running turns may finish first. Nothing else is touched. */
import type { ServiceUninstall } from '#runner/results/service.ts';
import { installedText } from '#runner/service/service-file.ts';
import { homeOf, serviceName } from '#runner/service/service-order.ts';
import { serviceManager } from '#runner/service/this-machine.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** Throws 69 where the service manager does not answer, 77 for a unit of somebody else's. */
export async function serviceUninstall({ root, files, env }: VerbContext): Promise<ServiceUninstall> {
  const home = homeOf(env);
  const order = { name: await serviceName(root, home), home };
  const manager = serviceManager(env);
  const file = manager.file(order);
  const isInstalled = (await installedText(file)) !== null;
  if (isInstalled) {
    await manager.disable(order);
    await files.remove(file);
    await manager.forget();
  }
  return { name: order.name, file, root, changed: isInstalled };
}
