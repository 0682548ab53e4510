/** `agent-runner tail <peer>`: prints the end of an agent's transcript, or of what is said in a session, and what comes. */
import { printable } from '#blackboard/text/printable.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { SOCKET_OPTION } from '#runner/cli/terminal/pane-options.ts';
import { printSaid } from '#runner/cli/terminal/pane-text.ts';
import { count } from '#runner/cli/terminal/typed.ts';
import { printLines } from '#runner/text/printing.ts';
import { endWhenReaderLeaves } from '#runner/text/reader.ts';

export const command: Declaration = {
  words: 'tail',
  heading: 'What they do',
  about: 'follow the transcript of an agent, or what is said in a session',
  arguments: [{ name: '<peer>', about: 'a name, the id of a session, or a pane (work:1.0)', completes: 'peer' }],
  options: [
    { flags: '-n, --lines <count>', about: 'lines to begin with; of a session, texts', fallback: '20' },
    SOCKET_OPTION,
  ],
  examples: ['agent-runner tail reviewer', 'agent-runner tail reviewer -n 200'],
  exits: { 66: 'no such agent or session', 69: 'no tmux' },
};

export async function run(call: Call, name: string, options: { lines: string; socket?: string }): Promise<void> {
  const { tail } = await import('#runner/verbs/tail.ts');
  const { signal } = new AbortController();
  const order = { name, socket: options.socket, lines: count('-n', options.lines, 'lines', 50), signal };
  const followed = await tail(await call.context(), order);
  if (followed.kind === 'session') {
    await endWhenReaderLeaves();
    for await (const said of followed.said) printSaid(said, Date.now());
    return;
  }
  const { path, isEmpty, bytes } = followed;
  if (isEmpty) call.warn(`${path} is empty so far; waiting`);
  const decoder = new TextDecoder();
  await endWhenReaderLeaves();
  // The guard lets our own escapes pass, but a log contains none of ours.
  let rest = '';
  for await (const piece of bytes) {
    if (!process.stdout.isTTY) {
      process.stdout.write(piece);
      continue;
    }
    const lines = rest + decoder.decode(piece, { stream: true });
    rest = lines.slice(lines.lastIndexOf('\n') + 1);
    printLines(printable(lines.slice(0, lines.length - rest.length)));
  }
}
