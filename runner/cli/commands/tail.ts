/** `agent-runner tail <name>`: the end of an agent's transcript, and what comes. Ends with Ctrl-C, or with its reader. */

import { exitCode, usageError } from '#blackboard/system/errors.ts';
import { printable } from '#blackboard/text/printable.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { endWhenReaderLeaves } from '#runner/text/reader.ts';
import { verbContext } from '#runner/verbs/context.ts';

export const command: Declaration = {
  words: 'tail',
  heading: 'What they do',
  about: 'follow the transcript of an agent',
  arguments: [{ name: '<name>', completes: 'agent' }],
  options: [{ flags: '-n, --lines <count>', about: 'lines to begin with', fallback: '20' }],
  examples: ['agent-runner tail reviewer', 'agent-runner tail reviewer -n 200'],
  exits: { 66: 'no such agent' },
};

export async function run(global: GlobalOptions, name: string, options: { lines: string }): Promise<number> {
  if (!/^\d{1,9}$/.test(options.lines))
    throw usageError(`-n ${JSON.stringify(options.lines)}: expected a number of lines, for example -n 50`);
  const { tail } = await import('#runner/verbs/tail.ts');
  const { signal } = new AbortController();
  const { path, isEmpty, bytes } = await tail(await verbContext(global.root, process.env), {
    name,
    lines: Number(options.lines),
    signal,
  });
  if (isEmpty) process.stderr.write(`agent-runner: ${path} is empty so far; waiting\n`);
  const decoder = new TextDecoder();
  await endWhenReaderLeaves();
  // The guard of a terminal lets our own escapes pass; in a log there are none of ours.
  for await (const piece of bytes)
    process.stdout.write(process.stdout.isTTY ? printable(decoder.decode(piece, { stream: true })) : piece);
  return exitCode.ok;
}
