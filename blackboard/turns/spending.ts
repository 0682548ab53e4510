/**
 * What was spent on each day, and what a person added: lines in costs/<day>.jsonl, from which all sums are computed.
 */
import { join } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import type { Ended } from '#blackboard/turns/turn-records.ts';

/** One turn's cost. */
interface CostLine {
  agent: string;
  turn: number;
  /** When the turn ended: an agent that was removed and added again counts its turns from 1 again. */
  at?: string;
  usd: number;
  /**
   * Only signals started it: the known part of its cost counts for their budget. An estimate would use it up at once.
   */
  signalUsd?: number;
  /** What a resident claude did after that turn for nobody of ours. */
  others?: true;
  /** Whose chains of messages it worked on, and the certain part of its cost, which they share. */
  traces?: string[];
  traceUsd?: number;
}

/** A day's budget raised by a person (`resume --raise`), for one agent or, without a name, for all. */
interface RaiseLine {
  raise: string;
  agent?: string;
  usd: number;
}

/** Appends a turn's cost, durably. A turn that was finished twice has two lines and counts once. */
export const recordCost = (
  files: Files,
  root: string,
  agent: string,
  ended: Ended,
  traces: readonly string[] = [],
): Promise<void> =>
  append(files, root, ended.day, {
    agent,
    turn: ended.turn,
    at: ended.at,
    usd: ended.costUsd,
    ...(ended.signals?.alone ? { signalUsd: ended.blamedUsd } : {}),
    ...(traces.length > 0 ? { traces: [...new Set(traces)], traceUsd: ended.blamedUsd } : {}),
  });

/** The same of what a resident claude did after that turn for nobody of ours. */
export const recordOthers = (
  files: Files,
  root: string,
  agent: string,
  { turn, at, day, usd }: Pick<Ended, 'turn' | 'at' | 'day'> & { usd: number },
): Promise<void> => append(files, root, day, { agent, turn, at, usd, others: true });

/** Raises a day's budget, durably: of one agent, or of the fleet (null). */
export const recordRaise = (
  files: Files,
  root: string,
  day: string,
  agent: string | null,
  usd: number,
): Promise<void> => append(files, root, day, { raise: newNonce(), ...(agent === null ? {} : { agent }), usd });

async function append(files: Files, root: string, day: string, line: CostLine | RaiseLine): Promise<void> {
  const directory = rootLayout(root).costs;
  // The leading newline keeps an incomplete line before it (a crash, a full disk) from spoiling this one.
  await files.append(join(directory, `${day}.jsonl`), `\n${JSON.stringify(line)}\n`, { sync: true });
  await files.syncDirectory(directory);
}

/** Sums of one day, USD. */
export interface DaySpending {
  fleetUsd: number;
  byAgent: ReadonlyMap<string, number>;
  /** The certain cost of turns that only signals started. */
  bySignals?: ReadonlyMap<string, number>;
  /** Turns in which claude ran, whatever they cost. */
  turnsByAgent?: ReadonlyMap<string, number>;
  /** The certain cost of chains of messages, by the trace; and the same, with the turns, by `<trace> <agent>`. */
  byTrace?: ReadonlyMap<string, number>;
  byTraceAndAgent?: ReadonlyMap<string, number>;
  turnsByTraceAndAgent?: ReadonlyMap<string, number>;
  raisedFleetUsd: number;
  raisedByAgent: ReadonlyMap<string, number>;
}

/** A day, as far as its file has been read. */
interface Day {
  offset: number;
  /** Keys of the lines that were counted. */
  seen: Set<string>;
  spending: Sums;
}

type Sums = { -readonly [Key in keyof DaySpending]-?: DaySpending[Key] extends number ? number : Map<string, number> };

/** A budget looks at today, and around midnight at the day before. */
const DAYS_KEPT = 2;

/**
 * Reads days and remembers how far, so that asking before every turn costs one read of what is new. Incomplete lines (a
 * crash during a write) are skipped: their turn was not closed, and writes its line again. The returned sums grow with
 * the day.
 */
export function createSpendingReader(
  files: Files,
  root: string,
  daysKept = DAYS_KEPT,
): (day: string) => Promise<DaySpending> {
  const days = new Map<string, Day>();
  return async day => {
    const state = days.get(day) ?? { offset: 0, seen: new Set(), spending: nothingSpent() };
    days.set(day, state);
    for (const oldest of [...days.keys()].slice(0, -daysKept)) days.delete(oldest);
    const path = join(rootLayout(root).costs, `${day}.jsonl`);
    const { offset } = state;
    const bytes = await files.read(path, { offset });
    // In bytes: an incomplete line may not be UTF-8, and would have another length as text.
    const whole = bytes?.subarray(0, bytes.lastIndexOf(0x0a) + 1) ?? new Uint8Array();
    for (const line of new TextDecoder().decode(whole).split('\n')) noteLine(state, line);
    // Another who asked meanwhile may have read further, or the same.
    state.offset = Math.max(state.offset, offset + whole.length);
    return state.spending;
  };
}

function nothingSpent(): Sums {
  return {
    fleetUsd: 0,
    byAgent: new Map(),
    bySignals: new Map(),
    turnsByAgent: new Map(),
    byTrace: new Map(),
    byTraceAndAgent: new Map(),
    turnsByTraceAndAgent: new Map(),
    raisedFleetUsd: 0,
    raisedByAgent: new Map(),
  };
}

function noteLine({ seen, spending }: Day, text: string): void {
  const line = text === '' ? null : parseLine(text);
  if (!line) return;
  const key =
    'raise' in line ? line.raise : `${line.agent}#${line.turn}#${line.at ?? ''}${line.others ? '#others' : ''}`;
  if (seen.has(key)) return;
  seen.add(key);
  if ('raise' in line) {
    if (line.agent === undefined) spending.raisedFleetUsd += line.usd;
    else add(spending.raisedByAgent, line.agent, line.usd);
    return;
  }
  add(spending.byAgent, line.agent, line.usd);
  if (!line.others) add(spending.turnsByAgent, line.agent, 1);
  if (line.signalUsd !== undefined) add(spending.bySignals, line.agent, line.signalUsd);
  spending.fleetUsd += line.usd;
  const { traces = [], traceUsd } = line;
  if (!Array.isArray(traces) || typeof traceUsd !== 'number') return;
  for (const trace of traces) {
    add(spending.byTrace, trace, traceUsd / traces.length);
    add(spending.byTraceAndAgent, `${trace} ${line.agent}`, traceUsd / traces.length);
    add(spending.turnsByTraceAndAgent, `${trace} ${line.agent}`, 1);
  }
}

const add = (sums: Map<string, number>, key: string, usd: number) => sums.set(key, (sums.get(key) ?? 0) + usd);

/** null: incomplete, or not ours. */
function parseLine(text: string): CostLine | RaiseLine | null {
  try {
    const line = JSON.parse(text) as Partial<CostLine & RaiseLine>;
    if (!Number.isFinite(line.usd)) return null;
    return typeof line.raise === 'string' || typeof line.agent === 'string' ? (line as CostLine | RaiseLine) : null;
  } catch {
    return null;
  }
}
