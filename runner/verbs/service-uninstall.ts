/** Ends the service and removes its unit. Running turns may finish first. Nothing else is touched. */
import type { ServiceUninstall } from '#runner/results/service.ts';
import { findService } from '#runner/service/this-machine.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** Throws 69 if the service manager does not answer, 77 for a foreign unit. */
export async function serviceUninstall({ root, files, env }: VerbContext): Promise<ServiceUninstall> {
  const { service, manager, file, isInstalled } = await findService(root, env);
  if (isInstalled) {
    await manager.disable(service);
    await files.remove(file);
    await manager.forget();
  }
  return { name: service.name, file, root, changed: isInstalled };
}
