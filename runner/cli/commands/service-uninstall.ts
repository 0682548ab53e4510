/**
 * `agent-runner service uninstall`: ends the service and takes its unit away; running turns may finish first. Nothing
 * else is touched.
 */

import { requireRoot, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { installedText } from '#runner/service/service-file.ts';
import { homeOf, serviceName } from '#runner/service/service-order.ts';
import { serviceManager } from '#runner/service/this-machine.ts';
import { printJson } from '#runner/text/printing.ts';
import { showWaiting } from '#runner/text/waiting.ts';

export const command: Declaration = {
  words: 'service uninstall',
  about: 'end the service and take its unit away',
  json: true,
  examples: ['agent-runner service uninstall', 'agent-runner --root /srv/agents service uninstall'],
  exits: { 69: 'the service manager does not answer', 77: "the unit is somebody else's" },
};

export async function run(global: GlobalOptions): Promise<number> {
  const root = await requireRoot(rootPath(global.root, process.env));
  const home = homeOf(process.env);
  const order = { name: await serviceName(root, home), home };
  const manager = serviceManager(process.env);
  const file = manager.file(order);
  if ((await installedText(file)) === null) {
    if (global.json) printJson({ name: order.name, file, changed: false });
    else process.stdout.write(`There is no service for ${root}\n`);
    return exitCode.ok;
  }
  {
    using _shown = showWaiting(`stopping ${order.name}`, { json: global.json });
    await manager.disable(order);
  }
  await createDiskFiles().remove(file);
  await manager.forget();
  if (global.json) printJson({ name: order.name, file, changed: true });
  else process.stdout.write(`Took ${order.name} away (${file}); agents, messages and logs are as they were\n`);
  return exitCode.ok;
}
