/** The unit that `service install` would write, and where. */
import { serviceOrder } from '#runner/service/service-order.ts';
import { serviceManager } from '#runner/service/this-machine.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export interface ServiceUnit {
  file: string;
  text: string;
}

/** `manager`: systemd or launchd; null: what this machine has. Throws 64 for another word, 78 for what `start` would refuse. */
export async function servicePrint(
  { root, files, env }: VerbContext,
  { manager: wanted }: { manager: string | null },
): Promise<ServiceUnit> {
  const manager = serviceManager(env, wanted ?? undefined);
  const order = await serviceOrder(files, root, env);
  return { file: manager.file(order), text: await manager.text(order) };
}
