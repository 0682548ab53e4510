/** `agent-runner dashboard revoke`: ends every session of the page, and every link that was not used. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { DashboardRevoke } from '#runner/results/agents.ts';
import { plural } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'dashboard revoke',
  about: 'end every session of the page, on all devices, and all links that were not used',
  json: true,
  examples: ['agent-runner dashboard revoke', 'agent-runner dashboard revoke --json'],
};

export async function run(call: Call): Promise<void> {
  const { files, root } = await call.context();
  const { endSessions } = await import('#runner/dashboard/access.ts');
  const ended: DashboardRevoke = { sessions: await endSessions(files, root, Date.now()) };
  call.show(
    ended,
    ({ sessions }) => `${plural(sessions, 'session')} of the page ended. A new link: agent-runner dashboard link\n`,
  );
}
