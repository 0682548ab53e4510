/** `agent-runner ask`: sends a question, waits, prints the reply. */
import { isGroup } from '#blackboard/messages/peer-name.ts';
import { letterOf, type SendOptions } from '#runner/cli/commands/send.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { seconds } from '#runner/cli/terminal/typed.ts';

export const command: Declaration = {
  words: 'ask',
  heading: 'Messages',
  about: 'send, wait, print the reply; exit 75 on time-out, 1 if the turn failed',
  arguments: [
    { name: '<peer>', about: 'its name, or the beginning of it; a group of config.yaml: @backend', completes: 'peer' },
    { name: '[text]', about: 'the question; "-" reads it from stdin' },
  ],
  options: [
    { flags: '--timeout <seconds>', about: 'how long to wait', fallback: '600' },
    { flags: '--file <path...>', about: 'attach a file', completes: 'file' },
    { flags: '--thread <name>', about: 'messages of one thread may share a turn' },
    { flags: '--from <peer>', about: 'ask in the name of this peer', completes: 'peer' },
  ],
  json: true,
  examples: [
    'agent-runner ask reviewer "what does src/a.ts do?"',
    'git diff | agent-runner ask reviewer - --timeout 120',
  ],
  exits: {
    1: 'the turn failed and the message is dead',
    75: 'time-out, the message stays queued',
    77: 'somebody down the line waits for the asker',
  },
  allowsExcess: true,
};

export async function run(
  call: Call,
  peer: string,
  text: string | undefined,
  { timeout, ...options }: Pick<SendOptions, 'file' | 'thread' | 'from'> & { timeout: string },
): Promise<number> {
  const { askAndTell, askAllAndTell } = await import('#runner/cli/terminal/asking.ts');
  const timeoutMs = seconds('--timeout', timeout);
  return (isGroup(peer) ? askAllAndTell : askAndTell)(call, {
    ...(await letterOf(peer, text, { ...options, kind: 'question' })),
    timeoutMs,
  });
}
