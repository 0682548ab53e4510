/** `agent-runner service uninstall`: ends the service and removes its unit. Running turns may finish first. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { ServiceUninstall } from '#runner/results/service.ts';
import { whileWaiting } from '#runner/text/waiting.ts';

export const command: Declaration = {
  words: 'service uninstall',
  about: 'end the service and take its unit away',
  json: true,
  examples: ['agent-runner service uninstall', 'agent-runner --root /srv/agents service uninstall'],
  exits: { 69: 'the service manager does not answer', 77: "the unit is somebody else's" },
};

export async function run(call: Call): Promise<void> {
  const { serviceUninstall } = await import('#runner/verbs/service-uninstall.ts');
  const context = await call.context();
  const gone = await whileWaiting('stopping the service', call, () => serviceUninstall(context));
  call.show(gone, render);
}

const render = ({ name, file, root, changed }: ServiceUninstall): string =>
  changed
    ? `Took ${name} away (${file}); agents, messages and logs are as they were\n`
    : `There is no service for ${root}\n`;
