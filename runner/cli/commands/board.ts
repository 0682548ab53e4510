/** `agent-runner board`: what was posted, oldest first; the last 20 entries unless --since says otherwise. */

import { type Cursor, parseCursor } from '#blackboard/board/cursor.ts';
import { type Entry, visibleBackward, visibleEntries } from '#blackboard/board/entry.ts';
import { entriesBackward } from '#blackboard/board/history.ts';
import { entryText } from '#blackboard/board/post.ts';
import { endOfBoard, readBoard } from '#blackboard/board/read.ts';
import { parseDuration } from '#blackboard/board/ttl.ts';
import { countDead } from '#blackboard/inbox/count-dead.ts';
import { type BoardLayout, boardLayout } from '#blackboard/layout.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode, noSuchError, usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { idFits, isIdPart, shortId } from '#blackboard/system/short-id.ts';
import { printable, printableLine } from '#blackboard/text/printable.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { tidyBoard } from '#runner/messages/tidy-board.ts';
import { deadOnBoard } from '#runner/status/lying-elsewhere.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { printJson, printJsonLine, printText } from '#runner/text/printing.ts';
import { endWhenReaderLeaves } from '#runner/text/reader.ts';
import { instantText, paintFor, plural } from '#runner/text/terminal.ts';

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

const LAST_ENTRIES = 20;
/** Entries stand in the order of their writing; the clocks of writers may differ by this much. */
const CLOCK_SLACK_MS = 60_000;

export async function run(global: GlobalOptions, options: BoardOptions): Promise<number> {
  const files = createDiskFiles();
  const since = parseSince(options.since);
  const root = await requireRoot(rootPath(global.root, process.env));
  const board = boardLayout(root);
  const sightings = new Map();
  let said: string | null = null;
  const tidy = async (once: boolean) => {
    const problem = await tidyBoard(files, root, { sightings, once });
    if (problem !== null && problem !== said) process.stderr.write(`agent-runner: ${problem}\n`);
    said = problem;
  };
  await tidy(true);
  let cursor = await endOfBoard(files, board);
  const isWanted = ({ topic, key }: Entry) =>
    (options.topic === undefined || topic === options.topic) && (options.key === undefined || key === options.key);
  const collected = await collect(files, board, since, isWanted);
  const found = collected.entries;
  const shown = since.kind === 'last' ? found.slice(-LAST_ENTRIES) : found;
  if (global.json && !options.follow) printJson(await Promise.all(shown.map(entry => whole(files, root, entry))));
  else for (const entry of shown) await print(files, root, entry, global.json === true);
  if (!global.json && !options.follow && shown.length === 0) process.stdout.write(nothingOn(options));
  sayTorn(collected.torn);
  const held = deadOnBoard(await countDead(files, board.dead), board.dead);
  if (held !== '') process.stderr.write(`agent-runner: ${held}\n`);
  if (!options.follow) return exitCode.ok;

  const printed = new Set(shown.map(({ id }) => id));
  const over = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => over.abort());
  await endWhenReaderLeaves();
  while (!over.signal.aborted) {
    await tidy(false);
    const { entries, next, torn } = await readBoard(files, board, cursor);
    cursor = next;
    sayTorn(torn);
    for (const entry of visibleEntries(entries, Date.now()))
      if (isWanted(entry) && !printed.has(entry.id)) await print(files, root, entry, global.json === true);
    printed.clear();
    await systemClock.sleep(limits.boardLookMs, over.signal);
  }
  return exitCode.ok;
}

type Since =
  | { kind: 'last' }
  | { kind: 'age'; ms: number }
  | { kind: 'id'; id: string }
  | { kind: 'cursor'; cursor: Cursor };

function parseSince(text: string | undefined): Since {
  if (text === undefined) return { kind: 'last' };
  const ms = parseDuration(text);
  if (ms !== null) return { kind: 'age', ms };
  const cursor = parseCursor(text);
  if (cursor) return { kind: 'cursor', cursor };
  const id = text.toLowerCase();
  if (isIdPart(id)) return { kind: 'id', id };
  throw usageError(
    `expected --since to be a duration (90s, 1h, 2d), an entry's id or a place on the board (1:2345), got ${JSON.stringify(text.slice(0, 60))}`,
  );
}

/** What is shown of it, in the board's order: what a key's newest value replaced is not, whatever is asked for. `torn`: lines on the way that are no entries. */
async function collect(
  files: Files,
  board: BoardLayout,
  since: Since,
  isWanted: (entry: Entry) => boolean,
): Promise<{ entries: Entry[]; torn: number }> {
  if (since.kind === 'cursor') {
    const { entries, torn } = await readBoard(files, board, since.cursor);
    return { entries: visibleEntries(entries, Date.now()).filter(isWanted), torn };
  }
  const sinceMs = since.kind === 'age' ? Date.now() - since.ms : 0;
  const found: Entry[] = [];
  const isShown = visibleBackward(Date.now());
  let torn = 0;
  const done = () => ({ entries: found.reverse(), torn });
  for await (const entry of entriesBackward(files, board, () => torn++)) {
    const atMs = Date.parse(entry.at);
    if (since.kind === 'age' && atMs < sinceMs - CLOCK_SLACK_MS) return done();
    if (isShown(entry) && isWanted(entry) && atMs >= sinceMs) found.push(entry);
    if (since.kind === 'id' && idFits(entry.id, since.id)) return done();
    if (since.kind === 'last' && found.length >= LAST_ENTRIES) break;
  }
  if (since.kind === 'id') throw noSuchError(`there is no entry ${JSON.stringify(since.id.slice(0, 60))} on the board`);
  return done();
}

const nothingOn = ({ since, topic, key }: BoardOptions): string =>
  since === undefined && topic === undefined && key === undefined
    ? 'Nothing is on the board. Put something there with: agent-runner post "<text>"\n'
    : 'Nothing on the board fits. See what is there with: agent-runner board\n';

function sayTorn(count: number): void {
  if (count > 0)
    process.stderr.write(
      `agent-runner: ${plural(count, 'line')} of the board skipped: torn by a crash, or no entry of agent-runner's\n`,
    );
}

const whole = async (files: Files, root: string, entry: Entry): Promise<Entry> => ({
  ...entry,
  text: await entryText(files, root, entry),
});

async function print(files: Files, root: string, entry: Entry, json: boolean): Promise<void> {
  if (json) {
    printJsonLine(await whole(files, root, entry));
    return;
  }
  const paint = paintFor(process.stdout, process.env);
  // What peers wrote is made harmless before it is painted: our own paint stays. The text goes into a pipe as it is.
  const isTerminal = process.stdout.isTTY === true;
  const { kind, topic, key, ref, id, from, at } = entry;
  const labels = printableLine(
    [topic && `#${topic}`, key && `key ${key}`, ref && `ref ${ref}`].filter(Boolean).join(' '),
  );
  const name = kind === 'alert' ? paint.red(kind) : kind;
  const head = `${instantText(Date.parse(at), Date.now())} ${paint.bold(printableLine(from))} ${name}${labels && ` ${labels}`}`;
  const columns = terminalColumns();
  process.stdout.write(`${wrapTo(`${head} ${paint.dim(shortId(id))}`, columns)}\n`);
  const came = (await entryText(files, root, entry)).trimEnd();
  const text = isTerminal ? printable(came) : came;
  printText(wrapTo(text.replace(/^/gm, '  '), columns));
}
