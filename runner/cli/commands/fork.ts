/** `agent-runner fork <session>`: opens a session in tmux that begins with the conversation of another one. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { OPEN_EXITS, OPEN_OPTIONS, SOCKET_OPTION } from '#runner/cli/terminal/pane-options.ts';
import { spawnedText } from '#runner/cli/terminal/pane-text.ts';
import { seconds } from '#runner/cli/terminal/typed.ts';

export const command: Declaration = {
  words: 'fork',
  heading: 'Agents at work',
  about: 'open a session in tmux that begins with the conversation of another one, which stays as it is',
  arguments: [
    { name: '<peer>', about: 'a name, the id of a session, or a pane (work:1.0)', completes: 'peer' },
    { name: '[name]', about: 'of the new session (default: that of the other one, with -fork)' },
  ],
  options: [...OPEN_OPTIONS, SOCKET_OPTION],
  json: true,
  examples: ['agent-runner fork app-main', 'agent-runner fork work:1.0 second-try --prompt "try it with a queue"'],
  exits: OPEN_EXITS,
};

type Options = { prompt?: string; trust?: boolean; timeout: string; socket?: string };

export async function run(call: Call, of: string, name: string | undefined, options: Options): Promise<void> {
  const { fork } = await import('#runner/verbs/fork.ts');
  const { prompt = null, trust = false, timeout, socket } = options;
  const order = { of, name: name ?? null, prompt, isTrusted: trust, socket, timeoutMs: seconds('--timeout', timeout) };
  call.show(await fork(await call.context(), order), spawnedText);
}
