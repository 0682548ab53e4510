/** `agent-runner ask`: sends a question, waits, prints the reply. */
import { isGroup } from '#blackboard/messages/peer-name.ts';
import { goesByTmux, letterOf, type SendOptions, typeOrder, VIA_OPTIONS } from '#runner/cli/commands/send.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { seconds } from '#runner/cli/terminal/typed.ts';
import { printText } from '#runner/text/printing.ts';

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
    ...VIA_OPTIONS,
  ],
  json: true,
  examples: [
    'agent-runner ask reviewer "what does src/a.ts do?"',
    'git diff | agent-runner ask reviewer - --timeout 120',
  ],
  exits: {
    1: 'the turn failed and the message is dead',
    69: 'with --via tmux: no tmux',
    75: 'time-out, the message stays queued; with --via tmux: its gate is closed now, nothing proves that it was sent, or a dialog opened',
    77: 'somebody down the line waits for the asker; with --via tmux: no person calls',
  },
  allowsExcess: true,
};

export async function run(
  call: Call,
  peer: string,
  text: string | undefined,
  {
    timeout,
    ...options
  }: Pick<SendOptions, 'file' | 'thread' | 'from' | 'via' | 'force' | 'stash' | 'logText' | 'socket'> & {
    timeout: string;
  },
): Promise<number | undefined> {
  const timeoutMs = seconds('--timeout', timeout);
  if (goesByTmux(options)) {
    const { askByTmux } = await import('#runner/verbs/ask-by-tmux.ts');
    const order = { ...typeOrder(peer, text, options), timeoutMs };
    const answered = await askByTmux(await call.context(), order);
    if (call.json) call.show(answered, () => '');
    else printText(answered.answer);
    return;
  }
  const { askAndTell, askAllAndTell } = await import('#runner/cli/terminal/asking.ts');
  return (isGroup(peer) ? askAllAndTell : askAndTell)(call, {
    ...(await letterOf(peer, text, { ...options, kind: 'question' })),
    timeoutMs,
  });
}
