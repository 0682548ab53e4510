/**
 * `agent-runner service uninstall`: ends the service and takes its unit away; running turns may finish first. Nothing
 * else is touched.
 */
import { exitCode } from '#blackboard/system/errors.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import type { ServiceUninstall } from '#runner/results/service.ts';
import { printJson } from '#runner/text/printing.ts';
import { showWaiting } from '#runner/text/waiting.ts';
import { verbContext } from '#runner/verbs/context.ts';

export const command: Declaration = {
  words: 'service uninstall',
  about: 'end the service and take its unit away',
  json: true,
  examples: ['agent-runner service uninstall', 'agent-runner --root /srv/agents service uninstall'],
  exits: { 69: 'the service manager does not answer', 77: "the unit is somebody else's" },
};

export async function run(global: GlobalOptions): Promise<number> {
  const { serviceUninstall } = await import('#runner/verbs/service-uninstall.ts');
  const context = await verbContext(global.root, process.env);
  const gone = await shown(global, () => serviceUninstall(context));
  if (global.json) printJson(gone);
  else process.stdout.write(render(gone));
  return exitCode.ok;
}

async function shown(global: GlobalOptions, uninstall: () => Promise<ServiceUninstall>): Promise<ServiceUninstall> {
  using _shown = showWaiting('stopping the service', { json: global.json });
  return await uninstall();
}

const render = ({ name, file, root, changed }: ServiceUninstall): string =>
  changed
    ? `Took ${name} away (${file}); agents, messages and logs are as they were\n`
    : `There is no service for ${root}\n`;
