/** `agent-runner logs [name]`: prints the end of the log of a runner in the background, or one agent’s lines of it. */
import { resolve } from 'node:path';
import { printable } from '#blackboard/text/printable.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { count } from '#runner/cli/terminal/typed.ts';
import { printLines } from '#runner/text/printing.ts';
import { endWhenReaderLeaves } from '#runner/text/reader.ts';

export const command: Declaration = {
  words: 'logs',
  heading: 'What they do',
  about: 'what the runner said (start --detach, service); of one agent, if it is named',
  arguments: [{ name: '[name]', completes: 'agent' }],
  options: [
    { flags: '-n, --lines <count>', about: 'lines to begin with', fallback: '50' },
    { flags: '--follow', about: 'go on printing what comes' },
    { flags: '--log <file>', about: 'another log than that of start --detach', completes: 'file' },
  ],
  examples: ['agent-runner logs --follow', 'agent-runner logs reviewer -n 200'],
  exits: { 64: 'wrong option', 66: 'no such agent or log' },
};

type Options = { lines: string; follow?: boolean; log?: string };

export async function run(call: Call, name: string | undefined, options: Options): Promise<void> {
  const over = new AbortController();
  process.once('SIGINT', () => over.abort());
  const { logs } = await import('#runner/verbs/logs.ts');
  const lines = logs(await call.context(), {
    name: name ?? null,
    lines: count('-n', options.lines, 'lines', 50),
    follow: options.follow === true,
    log: options.log === undefined ? null : resolve(options.log),
    signal: over.signal,
  });
  if (options.follow) await endWhenReaderLeaves();
  // The guard lets our own escapes pass, but a log contains none of ours.
  for await (const line of lines) printLines(printable(`${line}\n`));
}
