/** `agent-runner ask`: sends a question, waits, prints the reply. */

import { requireRoot, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { parseSeconds, sendAndWait } from '#runner/messages/asking.ts';
import { addressLetter, type Letter } from '#runner/messages/outgoing.ts';
import { textAfterFile } from '#runner/messages/text-after-file.ts';

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
  options: AskOptions,
): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const { thread, from } = options;
  const letter: Letter = {
    to: peer,
    ...(await textAfterFile(text, options.file ?? [], process.argv)),
    kind: 'question',
    thread,
    from,
  };
  const timeoutMs = parseSeconds('--timeout', options.timeout);
  const addressed = await addressLetter(files, root, process.env, letter, Date.now());
  const json = global.json === true;
  return sendAndWait({ files, root, letter, addressed, timeoutMs, json, stdin: process.stdin, isWaking: true });
}
