/** `agent-runner service print`: the unit that `service install` would write, and where. */

import { requireRoot, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { serviceOrder } from '#runner/service/service-order.ts';
import { serviceManager } from '#runner/service/this-machine.ts';

export const command: Declaration = {
  words: 'service print',
  about: 'print the unit that would be installed',
  options: [
    {
      flags: '--for <manager>',
      about: 'systemd or launchd (default: what this machine has)',
      completes: ['systemd', 'launchd'],
    },
  ],
  examples: ['agent-runner service print', 'agent-runner service print --for launchd'],
  exits: { 78: 'what `start` would refuse' },
};

export async function run(global: GlobalOptions, options: { for?: string }): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const manager = serviceManager(process.env, options.for);
  const order = await serviceOrder(files, root, process.env);
  process.stderr.write(`# ${manager.file(order)}\n`);
  process.stdout.write(await manager.text(order));
  return exitCode.ok;
}
