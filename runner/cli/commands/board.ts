/** `agent-runner board`: prints what was posted, oldest first. Without --since: the last 20 entries. */
import { boardLayout } from '#blackboard/layout.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { printable, printableLine } from '#blackboard/text/printable.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { Board } from '#runner/results/board.ts';
import { deadOnBoard } from '#runner/status/lying-elsewhere.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { printJson, printJsonLine, printText } from '#runner/text/printing.ts';
import { endWhenReaderLeaves } from '#runner/text/reader.ts';
import { instantText, paintFor, plural } from '#runner/text/terminal.ts';
import type { BoardInput, BoardRead } from '#runner/verbs/board.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export const command: Declaration = {
  words: 'board',
  heading: 'The board, and your own sessions',
  about: 'what was posted (default: the last 20 entries)',
  options: [
    { flags: '--since <when>', about: 'a duration (1h), an entry’s id, or a place on the board (1:2345)' },
    { flags: '--topic <topic>', about: 'only of this topic' },
    { flags: '--key <key>', about: 'only of this key' },
    { flags: '--follow', about: 'go on printing what comes' },
  ],
  json: true,
  examples: ['agent-runner board --since 1h', 'agent-runner board --topic release --follow'],
  exits: { 64: 'a wrong option', 66: 'no such entry' },
};

type BoardOptions = BoardInput & { follow?: boolean };

export async function run(call: Call, options: BoardOptions): Promise<void> {
  if (options.follow) return follow(call, options);
  const context = await call.context();
  const { board } = await import('#runner/verbs/board.ts');
  const read = await board(context, options);
  for (const warning of read.warnings) call.warn(warning);
  if (call.json) printJson(read.entries);
  else if (read.entries.length === 0) process.stdout.write(nothingOn(options));
  else for (const entry of read.entries) print(entry);
  sayWhatIsNoEntry(call, context, read);
}

async function follow(call: Call, options: BoardOptions): Promise<void> {
  const context = await call.context();
  const { followBoard } = await import('#runner/verbs/board.ts');
  const over = new AbortController();
  let isFirst = true;
  for await (const read of followBoard(context, options, over.signal)) {
    for (const warning of read.warnings) call.warn(warning);
    for (const entry of read.entries) (call.json ? printJsonLine : print)(entry);
    sayWhatIsNoEntry(call, context, read);
    if (!isFirst) continue;
    isFirst = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => over.abort());
    await endWhenReaderLeaves();
  }
}

const nothingOn = ({ since, topic, key }: BoardOptions): string =>
  since === undefined && topic === undefined && key === undefined
    ? 'Nothing is on the board. Put something there with: agent-runner post "<text>"\n'
    : 'Nothing on the board fits. See what is there with: agent-runner board\n';

function sayWhatIsNoEntry(call: Call, { root }: VerbContext, { torn, dead }: BoardRead): void {
  if (torn > 0)
    call.warn(`${plural(torn, 'line')} of the board skipped: torn by a crash, or no entry of agent-runner's`);
  const held = deadOnBoard(dead, boardLayout(root).dead);
  if (held !== '') call.warn(held);
}

function print({ kind, topic, key, ref, id, from, at, text }: Board[number]): void {
  const paint = paintFor(process.stdout, process.env);
  // Peers' words become printable before our colours are added. In a pipe the text stays unchanged.
  const isTerminal = process.stdout.isTTY === true;
  const labels = printableLine(
    [topic && `#${topic}`, key && `key ${key}`, ref && `ref ${ref}`].filter(Boolean).join(' '),
  );
  const name = kind === 'alert' ? paint.red(kind) : kind;
  const head = `${instantText(Date.parse(at), Date.now())} ${paint.bold(printableLine(from))} ${name}${labels && ` ${labels}`}`;
  const columns = terminalColumns();
  process.stdout.write(`${wrapTo(`${head} ${paint.dim(shortId(id))}`, columns)}\n`);
  const came = text.trimEnd();
  printText(wrapTo((isTerminal ? printable(came) : came).replace(/^/gm, '  '), columns));
}
