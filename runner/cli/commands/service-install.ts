/**
 * `agent-runner service install`: runs the root's agents as the user's service. Calling it again updates the service.
 */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { ServiceInstall } from '#runner/results/service.ts';
import { whileWaiting } from '#runner/text/waiting.ts';

export const command: Declaration = {
  words: 'service install',
  about: 'run the agents now and from every login on; returns when their inboxes are watched',
  json: true,
  examples: ['agent-runner service install', 'agent-runner --root /srv/agents service install'],
  exits: {
    69: 'no service manager, or it does not run',
    75: 'the agents run already, otherwise',
    77: "the unit is somebody else's",
    78: 'what `start` would refuse',
  },
};

export async function run(call: Call): Promise<void> {
  const { serviceInstall } = await import('#runner/verbs/service-install.ts');
  const context = await call.context();
  const installed = await whileWaiting('starting the service', call, () => serviceInstall(context));
  call.show(installed, render);
  if (installed.leftOut.length > 0) process.stderr.write(warning(installed));
}

function render({ name, file, pid, changed, advice }: ServiceInstall): string {
  if (!changed) return `Nothing to do: ${name} is installed and runs as pid ${pid}\n`;
  return [
    `${name} runs${pid ? ` as pid ${pid}` : ''}, now and from every login on`,
    `  its unit:      ${file}`,
    ...advice.map(line => `  ${line}`),
    '  take it away:  agent-runner service uninstall\n',
  ].join('\n');
}

const warning = ({ name, leftOut, environmentFile }: ServiceInstall): string =>
  `agent-runner: ${leftOut.join(', ')} ${leftOut.length === 1 ? 'is' : 'are'} set here, and not in the service: no key stands in a unit\n` +
  `  If the agents need that, write NAME=value lines into ${environmentFile}, chmod 600 it, and: systemctl --user restart ${name}\n`;
