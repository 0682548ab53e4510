/** `agent-runner service status`: says whether the service is installed and runs. */
import { exitCode } from '#blackboard/system/errors.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { ServiceStatus } from '#runner/results/service.ts';

export const command: Declaration = {
  words: 'service status',
  about: 'whether the service is installed and runs; exit 1 if not',
  json: true,
  examples: ['agent-runner service status', 'agent-runner service status --json'],
  exits: { 1: 'it does not run', 69: 'the service manager does not answer' },
  isDefault: true,
  allowsExcess: true,
};

export async function run(call: Call): Promise<number> {
  const { serviceStatus } = await import('#runner/verbs/service-status.ts');
  const status = await serviceStatus(await call.context());
  call.show(status, render);
  return status.state === 'running' ? exitCode.ok : exitCode.no;
}

function render({ name, root, file, state, pid, detail }: ServiceStatus): string {
  if (state === null) return `There is no service for ${root}; make one with: agent-runner service install\n`;
  const words = {
    running: `runs as pid ${pid}`,
    stopped: 'does not run',
    failed: 'has failed',
    other: 'is on its way',
  };
  return `${name} ${words[state]}: ${detail}\n  its unit:  ${file}\n  its root:  ${root}\n`;
}
