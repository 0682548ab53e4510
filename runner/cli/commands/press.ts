/** `agent-runner press <peer> <key>`: answers the dialog that a session in tmux stands at. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { SOCKET_OPTION } from '#runner/cli/terminal/pane-options.ts';
import { pressedText } from '#runner/cli/terminal/pane-text.ts';

export const command: Declaration = {
  words: 'press',
  heading: 'What they do',
  about: 'press a key in the dialog that a session stands at (answer is for cards)',
  arguments: [
    { name: '<peer>', about: 'a name, the id of a session, or a pane (work:1.0)', completes: 'peer' },
    { name: '<key>', about: '1 to 9, y, n, enter, esc, tab, space, up, down, left, right' },
  ],
  options: [SOCKET_OPTION],
  json: true,
  examples: ['agent-runner press work:1.0 1', 'agent-runner press app-main esc'],
  exits: {
    64: 'no key of a dialog, or a number that it does not have',
    66: 'no such session or pane',
    69: 'no tmux',
    75: 'its gate is closed now, or nothing has changed',
    77: 'no person calls, or it is the own pane',
  },
};

export async function run(call: Call, name: string, key: string, options: { socket?: string }): Promise<void> {
  const { press } = await import('#runner/verbs/press.ts');
  call.show(await press(await call.context(), { name, key, socket: options.socket }), pressedText);
}
