/** What was spent on each day: one line per turn in costs/<day>.jsonl, from which every sum is read again. */
import { join } from 'node:path';
import type { Files } from '../blackboard/files.ts';
import { rootLayout } from '../blackboard/layout.ts';
import type { Ended } from './turn-records.ts';

interface CostLine {
  agent: string;
  turn: number;
  usd: number;
}

/** Appends a turn's cost, durably. A turn that was finished twice stands there twice and counts once. */
export async function recordCost(files: Files, root: string, agent: string, ended: Ended): Promise<void> {
  const directory = rootLayout(root).costs;
  const line: CostLine = { agent, turn: ended.turn, usd: ended.costUsd };
  await files.append(join(directory, `${ended.day}.jsonl`), `\n${JSON.stringify(line)}\n`, { sync: true });
  await files.syncDirectory(directory);
}

/** Sums of one day, USD. */
export interface DaySpending {
  fleetUsd: number;
  byAgent: ReadonlyMap<string, number>;
}

/**
 * Reads days and remembers how far, so that asking before every turn costs one read of what is new. Torn lines (a crash
 * mid-write) are skipped: their turn was not closed, and writes its line again.
 */
export function createSpendingReader(files: Files, root: string) {
  const days = new Map<string, { offset: number; seen: Map<string, number> }>();
  return async (day: string): Promise<DaySpending> => {
    const state = days.get(day) ?? { offset: 0, seen: new Map<string, number>() };
    days.set(day, state);
    const path = join(rootLayout(root).costs, `${day}.jsonl`);
    const bytes = await files.read(path, { offset: state.offset });
    // In bytes: what is torn may be no UTF-8, and would be of another length as text.
    const whole = bytes?.subarray(0, bytes.lastIndexOf(0x0a) + 1) ?? new Uint8Array();
    for (const line of new TextDecoder().decode(whole).split('\n')) noteLine(state.seen, line);
    state.offset += whole.length;
    return sum(state.seen);
  };
}

function noteLine(seen: Map<string, number>, line: string): void {
  if (line === '') return;
  try {
    const { agent, turn, usd } = JSON.parse(line) as CostLine;
    if (typeof agent === 'string' && Number.isFinite(usd)) seen.set(`${agent}#${turn}`, usd);
  } catch {
    // A torn line: the turn it belongs to was not closed and has a whole line after it.
  }
}

function sum(seen: ReadonlyMap<string, number>): DaySpending {
  const byAgent = new Map<string, number>();
  let fleetUsd = 0;
  for (const [key, usd] of seen) {
    const agent = key.slice(0, key.lastIndexOf('#'));
    byAgent.set(agent, (byAgent.get(agent) ?? 0) + usd);
    fleetUsd += usd;
  }
  return { fleetUsd, byAgent };
}
