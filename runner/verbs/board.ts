/** Reads what was posted, oldest first, and what comes. */
import { type Cursor, parseCursor } from '#blackboard/board/cursor.ts';
import { type Entry, visibleBackward, visibleEntries } from '#blackboard/board/entry.ts';
import { entriesBackward } from '#blackboard/board/history.ts';
import { entryText } from '#blackboard/board/post.ts';
import { endOfBoard, readBoard } from '#blackboard/board/read.ts';
import { countDead } from '#blackboard/inbox/count-dead.ts';
import { type BoardLayout, boardLayout } from '#blackboard/layout.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { noSuchError, usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { idFits, isIdPart } from '#blackboard/system/short-id.ts';
import { parseDuration } from '#blackboard/text/when.ts';
import type { Board, BoardEntry } from '#runner/results/board.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { tidyBoard } from '#runner/verbs/tidy-board.ts';

export interface BoardInput {
  /** A duration (`1h`), an entry's id, or a cursor (`1:2345`). Without it: the last 20 entries. */
  since?: string | undefined;
  topic?: string | undefined;
  key?: string | undefined;
}

export interface BoardRead {
  /** In the board's order, with their whole texts, without values that a newer one of their key replaced. */
  entries: Board;
  /** Lines among them that are no entries. */
  torn: number;
  /** Drops that could not become entries, in the board's `dead`. */
  dead: number;
  /** Problems with entries that others left unfinished. */
  warnings: string[];
}

const LAST_ENTRIES = 20;
/** Entries stand in the order of their writing; the clocks of writers may differ by this much. */
const CLOCK_SLACK_MS = 60_000;

/** Throws 64 for a wrong `since`, 66 for an unknown entry. */
export async function board(context: VerbContext, input: BoardInput): Promise<BoardRead> {
  const since = parseSince(input.since);
  const warnings = await tidied(context, { once: true });
  return { ...(await readShown(context, since, input)), warnings };
}

/**
 * The same, and then what comes, until `signal` aborts. `dead` is counted the first time only; a warning is repeated only if it
 * changes.
 */
export async function* followBoard(
  context: VerbContext,
  input: BoardInput,
  signal: AbortSignal,
): AsyncGenerator<BoardRead, void> {
  const { files, root } = context;
  const layout = boardLayout(root);
  const since = parseSince(input.since);
  const sightings = new Map();
  let said = await tidied(context, { sightings, once: true });
  // Before the entries are read: one that comes meanwhile is seen twice, not missed.
  let cursor = await endOfBoard(files, layout);
  const first = { ...(await readShown(context, since, input)), warnings: said };
  const shown = new Set(first.entries.map(({ id }) => id));
  yield first;
  while (!signal.aborted) {
    const problems = await tidied(context, { sightings, once: false });
    const warnings = problems[0] === said[0] ? [] : problems;
    said = problems;
    const { entries, next, torn } = await readBoard(files, layout, cursor);
    cursor = next;
    const fresh = visibleEntries(entries, Date.now()).filter(entry => isWanted(input, entry) && !shown.has(entry.id));
    shown.clear();
    if (fresh.length + torn + warnings.length > 0)
      yield { entries: await whole(context, fresh), torn, dead: 0, warnings };
    await systemClock.sleep(limits.boardLookMs, signal);
  }
}

const isWanted = ({ topic, key }: BoardInput, entry: Entry): boolean =>
  (topic === undefined || entry.topic === topic) && (key === undefined || entry.key === key);

async function tidied({ files, root }: VerbContext, options: Parameters<typeof tidyBoard>[2]): Promise<string[]> {
  const problem = await tidyBoard(files, root, options);
  return problem === null ? [] : [problem];
}

async function readShown(context: VerbContext, since: Since, input: BoardInput): Promise<Omit<BoardRead, 'warnings'>> {
  const { files, root } = context;
  const layout = boardLayout(root);
  const { entries, torn } = await collect(files, layout, since, entry => isWanted(input, entry));
  return { entries: await whole(context, entries), torn, dead: await countDead(files, layout.dead) };
}

const whole = (context: VerbContext, entries: readonly Entry[]): Promise<Board> =>
  Promise.all(entries.map(entry => wholeEntry(context, entry)));

/** An entry as it is shown: with its whole text. */
export async function wholeEntry({ files, root }: VerbContext, entry: Entry): Promise<BoardEntry> {
  const { readTo: _, ...shown } = entry;
  return { ...shown, text: await entryText(files, root, entry) };
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

/** The visible entries, in the board's order. */
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
