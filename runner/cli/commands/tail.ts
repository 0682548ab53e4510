/** `agent-runner tail <name>`: prints the end of an agent's transcript, and what comes. */
import { printable } from '#blackboard/text/printable.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { count } from '#runner/cli/terminal/typed.ts';
import { endWhenReaderLeaves } from '#runner/text/reader.ts';

export const command: Declaration = {
  words: 'tail',
  heading: 'What they do',
  about: 'follow the transcript of an agent',
  arguments: [{ name: '<name>', completes: 'agent' }],
  options: [{ flags: '-n, --lines <count>', about: 'lines to begin with', fallback: '20' }],
  examples: ['agent-runner tail reviewer', 'agent-runner tail reviewer -n 200'],
  exits: { 66: 'no such agent' },
};

export async function run(call: Call, name: string, options: { lines: string }): Promise<void> {
  const { tail } = await import('#runner/verbs/tail.ts');
  const { signal } = new AbortController();
  const { path, isEmpty, bytes } = await tail(await call.context(), {
    name,
    lines: count('-n', options.lines, 'lines', 50),
    signal,
  });
  if (isEmpty) call.warn(`${path} is empty so far; waiting`);
  const decoder = new TextDecoder();
  await endWhenReaderLeaves();
  // The guard lets our own escapes pass, but a log contains none of ours.
  for await (const piece of bytes)
    process.stdout.write(process.stdout.isTTY ? printable(decoder.decode(piece, { stream: true })) : piece);
}
