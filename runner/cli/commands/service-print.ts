/** `agent-runner service print`: the unit that `service install` would write, and where. */
import { exitCode } from '#blackboard/system/errors.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { verbContext } from '#runner/verbs/context.ts';

export const command: Declaration = {
  words: 'service print',
  about: 'print the unit that install would write',
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
  const { servicePrint } = await import('#runner/verbs/service-print.ts');
  const context = await verbContext(global.root, process.env);
  const { file, text } = await servicePrint(context, { manager: options.for ?? null });
  process.stderr.write(`# ${file}\n`);
  process.stdout.write(text);
  return exitCode.ok;
}
