/** `agent-runner wait <peer>`: waits until a session in tmux has ended its turn (DONE), or stands at a dialog (MODAL). */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { SOCKET_OPTION } from '#runner/cli/terminal/pane-options.ts';
import { seconds } from '#runner/cli/terminal/typed.ts';

export const command: Declaration = {
  words: 'wait',
  heading: 'What they do',
  about: 'wait until a session in tmux is DONE, or at a dialog (MODAL)',
  arguments: [{ name: '<peer>', about: 'a name, the id of a session, or a pane (work:1.0)', completes: 'peer' }],
  options: [
    { flags: '--timeout <seconds>', about: 'give up after that', fallback: '600' },
    { flags: '--interval <seconds>', about: 'look at least so often; changes are noticed at once', fallback: '2' },
    { flags: '--debounce <seconds>', about: 'be DONE only after so long without a turn', fallback: '0' },
    SOCKET_OPTION,
  ],
  json: true,
  examples: ['agent-runner wait work:1.0', 'agent-runner wait app-main --timeout 60 --debounce 5'],
  exits: { 66: 'no such session or pane', 69: 'no tmux', 75: 'the time is over, or the pane is gone' },
};

type Options = { timeout: string; interval: string; debounce: string; socket?: string };

export async function run(call: Call, name: string, options: Options): Promise<void> {
  const { wait } = await import('#runner/verbs/wait.ts');
  const ended = await wait(await call.context(), {
    name,
    socket: options.socket,
    timeoutMs: seconds('--timeout', options.timeout),
    intervalMs: seconds('--interval', options.interval),
    debounceMs: seconds('--debounce', options.debounce),
  });
  call.show(ended, ({ result }) => `${result}\n`);
}
