/** A peer's lines as they came, each once, in order of time. Pure. */
import type { Event } from '#blackboard/events/event.ts';
import type { Said } from '#runner/results/panes.ts';

export type Line = { key: string; at: string | null } & ({ event: Event } | { said: Said });

/** Lines that a page keeps of one peer. */
const LINES_MAX = 6_000;
/** Milliseconds that are asked for once more: lines of two files do not come in the order of their times. */
const OVERLAP_MS = 60_000;

export interface Lines {
  all: readonly Line[];
  keys: ReadonlySet<string>;
}

export const NO_LINES: Lines = { all: [], keys: new Set() };

/** `added`: those that were not there. `isInOrder`: they follow what was there. */
export function withLines(lines: Lines, came: readonly Line[]): { lines: Lines; added: Line[]; isInOrder: boolean } {
  const keys = new Set(lines.keys);
  const added: Line[] = [];
  for (const line of came) {
    if (keys.has(line.key)) continue;
    keys.add(line.key);
    added.push(line);
  }
  if (added.length === 0) return { lines, added, isInOrder: true };
  const sorted = added.every((line, at) => isAfter(line, added[at - 1] ?? lines.all.at(-1)));
  const all = [...lines.all, ...added];
  if (!sorted) all.sort((a, b) => (a.at ?? '').localeCompare(b.at ?? ''));
  const kept = all.slice(-LINES_MAX);
  return { lines: { all: kept, keys }, added, isInOrder: sorted && kept.length === all.length };
}

const isAfter = (line: Line, before: Line | undefined): boolean =>
  before === undefined || line.at === null || before.at === null || line.at >= before.at;

/** From when on to ask after the connection was lost; null: everything. */
export function sinceOf({ all }: Lines): string | null {
  const last = (kind: 'event' | 'said') => all.findLast(line => kind in line && line.at !== null)?.at;
  const times = [last('event'), last('said')].filter(at => at !== undefined && at !== null);
  if (times.length === 0) return null;
  return new Date(Math.min(...times.map(at => Date.parse(at))) - OVERLAP_MS).toISOString();
}
