/** `agent-runner service print`: the unit that `service install` would write, and where. Exit codes: 0 · 78 what `start` would refuse. */
import { createDiskFiles } from '../../blackboard/disk-files.ts';
import { exitCode } from '../../blackboard/errors.ts';
import { requireRoot, rootPath } from '../../blackboard/root.ts';
import { serviceOrder } from '../service/service-order.ts';
import { serviceManager } from '../service/this-machine.ts';
import type { GlobalOptions } from '../terminal/global-options.ts';

export async function run(global: GlobalOptions, options: { for?: string }): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const manager = serviceManager(process.env, options.for);
  const order = await serviceOrder(files, root, process.env);
  process.stderr.write(`# ${manager.file(order)}\n`);
  process.stdout.write(await manager.text(order));
  return exitCode.ok;
}
