/** `agent-runner board`: what was posted, oldest first; the last 20 entries unless --since says otherwise. */
import { boardLayout } from '#blackboard/layout.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { printable, printableLine } from '#blackboard/text/printable.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import type { Board } from '#runner/results/board.ts';
import { deadOnBoard } from '#runner/status/lying-elsewhere.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { printJson, printJsonLine, printText } from '#runner/text/printing.ts';
import { endWhenReaderLeaves } from '#runner/text/reader.ts';
import { instantText, paintFor, plural } from '#runner/text/terminal.ts';
import type { BoardRead } from '#runner/verbs/board.ts';
import { type VerbContext, verbContext } from '#runner/verbs/context.ts';

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

export interface BoardOptions {
  since?: string;
  topic?: string;
  key?: string;
  follow?: boolean;
}

export async function run(global: GlobalOptions, options: BoardOptions): Promise<number> {
  const context = await verbContext(global.root, process.env);
  if (options.follow) return follow(context, options, global.json === true);
  const { board } = await import('#runner/verbs/board.ts');
  const read = await board(context, options);
  sayWarnings(read);
  if (global.json) printJson(read.entries);
  else for (const entry of read.entries) print(entry);
  if (!global.json && read.entries.length === 0) process.stdout.write(nothingOn(options));
  sayWhatIsNoEntry(context, read);
  return exitCode.ok;
}

async function follow(context: VerbContext, options: BoardOptions, json: boolean): Promise<number> {
  const { followBoard } = await import('#runner/verbs/board.ts');
  const over = new AbortController();
  let isFirst = true;
  for await (const read of followBoard(context, options, over.signal)) {
    sayWarnings(read);
    for (const entry of read.entries)
      if (json) printJsonLine(entry);
      else print(entry);
    sayWhatIsNoEntry(context, read);
    if (!isFirst) continue;
    isFirst = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => over.abort());
    await endWhenReaderLeaves();
  }
  return exitCode.ok;
}

const nothingOn = ({ since, topic, key }: BoardOptions): string =>
  since === undefined && topic === undefined && key === undefined
    ? 'Nothing is on the board. Put something there with: agent-runner post "<text>"\n'
    : 'Nothing on the board fits. See what is there with: agent-runner board\n';

function sayWarnings({ warnings }: BoardRead): void {
  for (const warning of warnings) process.stderr.write(`agent-runner: ${warning}\n`);
}

function sayWhatIsNoEntry({ root }: VerbContext, { torn, dead }: BoardRead): void {
  if (torn > 0)
    process.stderr.write(
      `agent-runner: ${plural(torn, 'line')} of the board skipped: torn by a crash, or no entry of agent-runner's\n`,
    );
  const held = deadOnBoard(dead, boardLayout(root).dead);
  if (held !== '') process.stderr.write(`agent-runner: ${held}\n`);
}

function print({ kind, topic, key, ref, id, from, at, text }: Board[number]): void {
  const paint = paintFor(process.stdout, process.env);
  // What peers wrote is made harmless before it is painted: our own paint stays. The text goes into a pipe as it is.
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
