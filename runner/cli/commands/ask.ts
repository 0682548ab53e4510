/**
 * `agent-runner ask`: sends a question, waits, prints the reply. Exit codes: 0 the reply is on stdout · 1 the turn failed
 * and the message is dead · 75 time-out, the message stays queued · 77 somebody down the line waits for the asker.
 * --json: {id, reply: {id, from, body, turn} | null, outcome: "replied" | "dead" | "done" | null, denials, reason?}.
 */

import { requireRoot, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { parseSeconds, sendAndWait } from '#runner/messages/asking.ts';
import { addressLetter, type Letter } from '#runner/messages/outgoing.ts';
import { textAfterFile } from '#runner/messages/text-after-file.ts';

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
