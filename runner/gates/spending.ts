/** What was spent on each day, and what a person allowed on top: lines in costs/<day>.jsonl, from which sums are read. */
import { join } from 'node:path';
import type { Files } from '../../blackboard/files.ts';
import { newNonce } from '../../blackboard/ids.ts';
import { rootLayout } from '../../blackboard/layout.ts';
import type { Ended } from '../turn/turn-records.ts';

/** One turn's cost. */
interface CostLine {
  agent: string;
  turn: number;
  usd: number;
  /** Signals alone started it: what is known of its cost, which counts for their budget. A guess would use it up at once. */
  signalUsd?: number;
}

/** A day's budget raised by a person (`resume --raise`), for one agent or, without a name, for the fleet. */
interface RaiseLine {
  raise: string;
  agent?: string;
  usd: number;
}

/** Appends a turn's cost, durably. A turn that was finished twice stands there twice and counts once. */
export const recordCost = (files: Files, root: string, agent: string, ended: Ended): Promise<void> =>
  append(files, root, ended.day, {
    agent,
    turn: ended.turn,
    usd: ended.costUsd,
    ...(ended.signals?.alone ? { signalUsd: ended.blamedUsd } : {}),
  });

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
  // The newline in front keeps a torn line before it (a crash, a full disk) from taking this one with it.
  await files.append(join(directory, `${day}.jsonl`), `\n${JSON.stringify(line)}\n`, { sync: true });
  await files.syncDirectory(directory);
}

/** Sums of one day, USD. */
export interface DaySpending {
  fleetUsd: number;
  byAgent: ReadonlyMap<string, number>;
  /** What turns cost for certain that signals alone started. */
  bySignals?: ReadonlyMap<string, number>;
  /** Turns that cost something. */
  turnsByAgent?: ReadonlyMap<string, number>;
  raisedFleetUsd: number;
  raisedByAgent: ReadonlyMap<string, number>;
}

/** The lines of a day, each once. */
interface Day {
  offset: number;
  costs: Map<string, CostLine>;
  raises: Map<string, RaiseLine>;
}

/**
 * Reads days and remembers how far, so that asking before every turn costs one read of what is new. Torn lines (a crash
 * mid-write) are skipped: their turn was not closed, and writes its line again.
 */
export function createSpendingReader(files: Files, root: string) {
  const days = new Map<string, Day>();
  return async (day: string): Promise<DaySpending> => {
    const state = days.get(day) ?? { offset: 0, costs: new Map(), raises: new Map() };
    days.set(day, state);
    const path = join(rootLayout(root).costs, `${day}.jsonl`);
    const bytes = await files.read(path, { offset: state.offset });
    // In bytes: what is torn may be no UTF-8, and would be of another length as text.
    const whole = bytes?.subarray(0, bytes.lastIndexOf(0x0a) + 1) ?? new Uint8Array();
    for (const line of new TextDecoder().decode(whole).split('\n')) noteLine(state, line);
    state.offset += whole.length;
    return sum(state);
  };
}

function noteLine(day: Day, text: string): void {
  if (text === '') return;
  try {
    const line = JSON.parse(text) as Partial<CostLine & RaiseLine>;
    if (!Number.isFinite(line.usd)) return;
    if (typeof line.raise === 'string') day.raises.set(line.raise, line as RaiseLine);
    else if (typeof line.agent === 'string') day.costs.set(`${line.agent}#${line.turn}`, line as CostLine);
  } catch {
    // A torn line: the turn it belongs to was not closed and has a whole line after it.
  }
}

function sum({ costs, raises }: Day): DaySpending {
  const spending = {
    fleetUsd: 0,
    byAgent: new Map<string, number>(),
    bySignals: new Map<string, number>(),
    turnsByAgent: new Map<string, number>(),
    raisedFleetUsd: 0,
    raisedByAgent: new Map<string, number>(),
  };
  const add = (sums: Map<string, number>, key: string, usd: number) => sums.set(key, (sums.get(key) ?? 0) + usd);
  for (const { agent, usd, signalUsd } of costs.values()) {
    add(spending.byAgent, agent, usd);
    add(spending.turnsByAgent, agent, 1);
    if (signalUsd !== undefined) add(spending.bySignals, agent, signalUsd);
    spending.fleetUsd += usd;
  }
  for (const { agent, usd } of raises.values())
    if (agent === undefined) spending.raisedFleetUsd += usd;
    else add(spending.raisedByAgent, agent, usd);
  return spending;
}
