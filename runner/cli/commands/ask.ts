/** `agent-runner ask`: sends a question, waits, prints the reply. */
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { here } from '#runner/cli/terminal/here.ts';
import { typedOrPiped } from '#runner/cli/terminal/typed-or-piped.ts';
import { textAfterFile } from '#runner/messages/text-after-file.ts';
import { verbContext } from '#runner/verbs/context.ts';

export const command: Declaration = {
  words: 'ask',
  heading: 'Messages',
  about: 'send, wait, print the reply; exit 75 on time-out, 1 if the turn failed',
  arguments: [
    { name: '<peer>', completes: 'peer' },
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

export interface AskOptions {
  timeout: string;
  file?: string[];
  thread?: string;
  from?: string;
}

export async function run(
  global: GlobalOptions,
  peer: string,
  text: string | undefined,
  { timeout, file, thread, from }: AskOptions,
): Promise<number> {
  const { askAndTell, parseSeconds } = await import('#runner/cli/terminal/asking.ts');
  const timeoutMs = parseSeconds('--timeout', timeout);
  const said = await textAfterFile(text, file ?? [], process.argv);
  return askAndTell(global, await verbContext(global.root, process.env), {
    to: peer,
    text: typedOrPiped(said.text),
    files: said.files,
    cwd: here(),
    ...{ kind: 'question', thread, from, timeoutMs },
  });
}
