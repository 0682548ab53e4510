/** `agent-runner service status`: whether the service is installed and runs. */

import { requireRoot, rootPath } from '#blackboard/root.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { installedText, type ServiceState } from '#runner/service/service-file.ts';
import { homeOf, serviceName } from '#runner/service/service-order.ts';
import { serviceManager } from '#runner/service/this-machine.ts';
import { printJson } from '#runner/text/printing.ts';

export const command: Declaration = {
  words: 'service status',
  about: 'whether it is installed and runs; exit 1 if not',
  json: true,
  examples: ['agent-runner service status', 'agent-runner service status --json'],
  exits: { 1: 'it does not run', 69: 'the service manager does not answer' },
  isDefault: true,
  allowsExcess: true,
};

export async function run(global: GlobalOptions): Promise<number> {
  const root = await requireRoot(rootPath(global.root, process.env));
  const home = homeOf(process.env);
  const order = { name: await serviceName(root, home), home };
  const manager = serviceManager(process.env);
  const file = manager.file(order);
  const installed = (await installedText(file)) !== null;
  const found: ServiceState | null = installed ? await manager.state(order) : null;
  const { state = null, pid = null, detail = null } = found ?? {};
  if (global.json) printJson({ name: order.name, manager: manager.name, file, installed, state, pid, detail });
  else process.stdout.write(render(order.name, root, file, found));
  return state === 'running' ? exitCode.ok : exitCode.no;
}

function render(name: string, root: string, file: string, found: ServiceState | null): string {
  if (!found) return `There is no service for ${root}; make one with: agent-runner service install\n`;
  const words = {
    running: `runs as pid ${found.pid}`,
    stopped: 'does not run',
    failed: 'has failed',
    other: 'is on its way',
  };
  return `${name} ${words[found.state]}: ${found.detail}\n  its unit:  ${file}\n  its root:  ${root}\n`;
}
