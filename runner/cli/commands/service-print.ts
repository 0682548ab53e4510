/** `agent-runner service print`: prints the unit that `service install` would write, and its path. */
import type { Call, Declaration } from '#runner/cli/declare.ts';

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

export async function run(call: Call, options: { for?: string }): Promise<void> {
  const { servicePrint } = await import('#runner/verbs/service-print.ts');
  const context = await call.context();
  const { file, text } = await servicePrint(context, { manager: options.for ?? null });
  process.stderr.write(`# ${file}\n`);
  process.stdout.write(text);
}
