/** `agent-runner esc <peer>`: interrupts the turn of a session in tmux, or closes its dialog. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { FORCE_OPTION, SOCKET_OPTION } from '#runner/cli/terminal/pane-options.ts';
import { pressedText } from '#runner/cli/terminal/pane-text.ts';

export const command: Declaration = {
  words: 'esc',
  heading: 'What they do',
  about: 'press Escape in the pane of a session: its turn is interrupted, or its dialog closed',
  arguments: [{ name: '<peer>', about: 'a name, the id of a session, or a pane (work:1.0)', completes: 'peer' }],
  options: [FORCE_OPTION, SOCKET_OPTION],
  json: true,
  examples: ['agent-runner esc work:1.0', 'agent-runner esc app-main'],
  exits: {
    66: 'no such session or pane',
    69: 'no tmux',
    75: 'its gate is closed now, or nothing has changed',
    77: 'no person calls, or it is the own pane',
  },
};

export async function run(call: Call, name: string, options: { force?: boolean; socket?: string }): Promise<void> {
  const { esc } = await import('#runner/verbs/esc.ts');
  const { force = false, socket } = options;
  call.show(await esc(await call.context(), { name, socket, force }), pressedText);
}
