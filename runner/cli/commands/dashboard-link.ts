/** `agent-runner dashboard link`: a link that opens the page once, for a person at a terminal. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { openLink } from '#runner/cli/terminal/open-link.ts';

export const command: Declaration = {
  words: 'dashboard link',
  about: 'a link that opens the page once, within ten minutes; on a terminal only',
  options: [{ flags: '--open', about: 'open it in your browser, and print nothing' }],
  examples: ['agent-runner dashboard link', 'agent-runner dashboard link --open'],
  exits: { 69: 'no page of this root is served', 77: 'no person at a terminal calls' },
};

export async function run(call: Call, { open = false }: { open?: boolean }): Promise<void> {
  const { servedOrigin } = await import('#runner/dashboard/server.ts');
  const context = await call.context();
  await openLink(call, context, { origin: await servedOrigin(context), opens: open, isServing: false });
}
