/** `agent-runner auto-start on|off|status`: whether new sessions become peers by themselves. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { AutoStart } from '#runner/results/board.ts';
import { headLine } from '#runner/text/printing.ts';

export const command: Declaration = {
  words: 'auto-start',
  heading: 'The board, and your own sessions',
  about: 'whether new sessions become peers by themselves, or only by: agent-runner connect',
  arguments: [{ name: '[on|off|status]', fallback: 'status', completes: ['on', 'off', 'status'] }],
  json: true,
  examples: ['agent-runner auto-start off', 'agent-runner auto-start status'],
};

export async function run(call: Call, to: string): Promise<void> {
  const { autoStart } = await import('#runner/verbs/auto-start.ts');
  call.show(await autoStart(await call.context(), { to }), render);
}

const SENTENCES = {
  on: 'New sessions become peers by themselves.',
  off: 'New sessions hear the board and become peers only by: agent-runner connect',
};

const render = ({ autoStart, notConnected }: AutoStart): string =>
  [SENTENCES[autoStart], ...notConnected.map(({ id, cwd }) => `not connected: ${id} in ${headLine(cwd, 300)}`)]
    .map(line => `${line}\n`)
    .join('');
