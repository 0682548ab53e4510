/** `agent-runner handover <agent>`: an agent's session, opened for a person in tmux. */

import { quoted } from '#blackboard/text/shell-word.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { SOCKET_OPTION } from '#runner/cli/terminal/pane-options.ts';
import { seconds } from '#runner/cli/terminal/typed.ts';

export const command: Declaration = {
  words: 'handover',
  heading: 'What they do',
  about: "open an agent's session for you, in tmux; the agent waits until you give it back",
  arguments: [{ name: '<agent>', about: 'its name', completes: 'agent' }],
  options: [
    { flags: '--timeout <seconds>', about: 'wait so long for the turn that runs', fallback: '600' },
    SOCKET_OPTION,
  ],
  json: true,
  examples: ['agent-runner handover worker', 'agent-runner handover worker --timeout 0'],
  exits: {
    1: 'claude has ended at once',
    66: 'no such agent',
    69: 'no tmux',
    75: 'its session cannot be lent now: a turn runs, it has none yet, it is lent already, somebody has it open',
    77: 'no person calls',
    78: 'no claude, or a broken config.yaml',
  },
};

export async function run(call: Call, name: string, options: { timeout: string; socket?: string }): Promise<void> {
  const { handover } = await import('#runner/verbs/handover.ts');
  const timeoutMs = seconds('--timeout', options.timeout);
  const waits = (what: string) => void process.stderr.write(`agent-runner: waits: ${what}\n`);
  const lent = await handover(await call.context(), { name, timeoutMs, socket: options.socket, waits });
  call.show(lent, ({ agent, socket, pane, state, subtype }) => {
    const stands = subtype === null ? state : `${state} (${subtype})`;
    return `${agent} is lent to you in ${pane}, ${stands}
  look at it   tmux -S ${quoted(socket)} attach -t '=${agent}-lent'
  give it back /exit there, or: agent-runner take ${agent}
`;
  });
}
