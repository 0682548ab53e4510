/** What a peer's row says at a glance: how urgent it is, in which colour, and in which group it stands. Pure. */
import type { List } from '#runner/results/agents.ts';

/** `doing`: the last that its running turn has told. */
export type PeerRow = Exclude<List[number], { kind: 'pane' }> & { doing?: string };

export type Tone = 'bad' | 'wait' | 'busy' | 'calm' | 'off';

/** The first needs a person; the last is over. */
export const GROUPS = ['Needs you', 'Working', 'Not working', 'Idle', 'Over'] as const;
export type Group = (typeof GROUPS)[number];

/** What the server knows a row by. */
export const rowKey = (row: PeerRow): string => `${row.kind} ${'id' in row ? row.id : row.name}`;

export function groupOf(row: PeerRow): Group {
  if (row.kind === 'other') return 'Idle';
  if (row.kind === 'session') {
    if (row.state === 'waiting') return 'Needs you';
    if (row.state === 'busy') return 'Working';
    return row.state === 'ended' || row.state === 'dead' ? 'Over' : 'Idle';
  }
  if (row.needsYou) return 'Needs you';
  if (row.state === 'busy') return 'Working';
  return row.state === 'idle' ? 'Idle' : 'Not working';
}

const WAITS = ['busy', 'waiting', 'asking', 'held', 'backing-off', 'waiting-for-session'];

export function toneOf(row: PeerRow): Tone {
  if (row.kind === 'other') return 'calm';
  const group = groupOf(row);
  if (group === 'Needs you') return WAITS.includes(row.state) ? 'wait' : 'bad';
  if (group === 'Working') return 'busy';
  if (group === 'Over') return 'off';
  return row.state === 'idle' ? 'calm' : WAITS.includes(row.state) ? 'wait' : 'off';
}

/** The word for its state. */
export function stateWord(row: PeerRow): string {
  if (row.kind === 'other') return row.word;
  if (row.kind === 'agent' && row.state === 'busy' && row.needsYou) return 'asks you';
  return row.state.replaceAll('-', ' ');
}

/** What its state is about, without the word that says the state; '': nothing more. */
export function detailOf(row: PeerRow): string {
  const detail = row.kind === 'other' ? '' : (row.detail ?? '');
  const word = stateWord(row);
  const plain = detail.startsWith(word) ? detail.slice(word.length).replace(/^[:,]?\s*/, '') : detail;
  return plain.replace(/, pid \d+$/, '');
}

/** Rows by group, each by name: they keep their places while they work. `words`: all of them are in the row. */
export function groupsOf(rows: Iterable<PeerRow>, filter = ''): { group: Group; rows: PeerRow[] }[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const byGroup = new Map<Group, PeerRow[]>(GROUPS.map(group => [group, []]));
  for (const row of rows) if (words.every(word => textOf(row).includes(word))) byGroup.get(groupOf(row))!.push(row);
  return [...byGroup]
    .filter(([, found]) => found.length > 0)
    .map(([group, found]) => ({ group, rows: found.sort((a, b) => (a.name < b.name ? -1 : 1)) }));
}

const textOf = (row: PeerRow): string =>
  `${row.name} ${row.kind} ${stateWord(row)} ${detailOf(row)} ${doingOf(row)} ${'cwd' in row ? row.cwd : ''}`.toLowerCase();

/** What it is at: the last of its turn, else what it says of itself. */
export const doingOf = (row: PeerRow): string => row.doing ?? ('says' in row ? row.says : null) ?? '';

/** It has done something since a person looked. */
export const isNewSince = (row: PeerRow, seenAt: string | undefined): boolean =>
  'lastActivityAt' in row && row.lastActivityAt !== null && seenAt !== undefined && row.lastActivityAt > seenAt;
