/** `agent-runner service print`: the unit that `service install` would write, and where. Exit codes: 0 · 78 what `start` would refuse. */

import { requireRoot, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { serviceOrder } from '#runner/service/service-order.ts';
import { serviceManager } from '#runner/service/this-machine.ts';

export async function run(global: GlobalOptions, options: { for?: string }): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const manager = serviceManager(process.env, options.for);
  const order = await serviceOrder(files, root, process.env);
  process.stderr.write(`# ${manager.file(order)}\n`);
  process.stdout.write(await manager.text(order));
  return exitCode.ok;
}
