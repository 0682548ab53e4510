/** What `top` shows, and what a key does to it: data in, data out. Pure. */

import { type FleetCounts, type FleetNews, type PeerRow, rowKey } from '#runner/dashboard/fleet-feed.ts';
import type { Approvals } from '#runner/results/cards.ts';

type Card = Approvals[number];

export type Item = { kind: 'card'; key: string; card: Card } | { kind: 'peer'; key: string; row: PeerRow };

/** A line that is being typed, and what it is for. */
export interface Typing {
  purpose: 'send' | 'deny' | 'answer' | 'filter';
  /** The peer's name, or the card's id; of a filter nothing. */
  about: string;
  text: string;
}

export interface TopState {
  peers: ReadonlyMap<string, PeerRow>;
  cards: Approvals;
  counts: FleetCounts | null;
  /** The key of the chosen item: rows may move below it. null: the first. */
  chosen: string | null;
  /** Whose lines are followed; null: the list. */
  open: string | null;
  /** Of the peer that is open, each printable and of one line. */
  lines: readonly string[];
  /** How many of the newest lines are below the screen. */
  scrolled: number;
  filter: string;
  typing: Typing | null;
  /** A key that was pressed once and wants `y`. */
  asked: { words: string; effect: Effect } | null;
  showsHelp: boolean;
  /** What became of the last thing that was done. */
  said: string;
}

/** What is to be done outside. */
export type Effect =
  | { do: 'end' | 'suspend' }
  /** Follow this peer's lines. */
  | { do: 'open'; name: string }
  | { do: 'close' }
  | { do: 'send'; to: string; text: string }
  | { do: 'wake'; name: string }
  | { do: 'approve'; id: string }
  | { do: 'deny'; id: string; reason: string | null }
  | { do: 'answer'; id: string; answers: readonly string[] };

/** A key as readline tells it. `text`: what it types, if it types anything. */
export interface Key {
  name: string;
  ctrl: boolean;
  text: string;
}

export const BEGIN: TopState = {
  ...{ peers: new Map(), cards: [], counts: null, chosen: null, open: null, lines: [], scrolled: 0, filter: '' },
  ...{ typing: null, asked: null, showsHelp: false, said: '' },
};

/** Lines of a peer that are kept. */
const LINES_KEPT = 2_000;

export function withNews(state: TopState, { peers, gone, cards, counts }: FleetNews): TopState {
  const all = new Map(state.peers);
  for (const key of gone) all.delete(key);
  for (const row of peers) all.set(rowKey(row), row);
  return { ...state, peers: all, cards: cards ?? state.cards, counts: counts ?? state.counts };
}

/** What is read stays where it is when lines come below it. */
export const withLines = (state: TopState, lines: readonly string[]): TopState => ({
  ...state,
  lines: [...state.lines, ...lines].slice(-LINES_KEPT),
  scrolled: state.scrolled === 0 ? 0 : state.scrolled + lines.length,
});

/** A card waits for a person; then the agents that can do nothing without one; then those that work; then all others, by name. */
const urgency = (row: PeerRow): number =>
  row.kind === 'agent' && row.needsYou ? 0 : 'state' in row && ['busy', 'waiting'].includes(row.state) ? 1 : 2;

export function itemsOf({ peers, cards, filter }: Pick<TopState, 'peers' | 'cards' | 'filter'>): Item[] {
  const wanted = filter.toLowerCase();
  const rows = [...peers]
    .map(([key, row]): Item => ({ kind: 'peer', key, row }))
    .filter(item => item.kind === 'peer' && item.row.name.toLowerCase().includes(wanted))
    .sort((a, b) =>
      a.kind === 'peer' && b.kind === 'peer'
        ? urgency(a.row) - urgency(b.row) || (a.row.name < b.row.name ? -1 : 1)
        : 0,
    );
  const asking = cards
    .filter(({ peer }) => peer.toLowerCase().includes(wanted))
    .map((card): Item => ({ kind: 'card', key: `card ${card.id}`, card }));
  return [...asking, ...rows];
}

/** The chosen item; the first where that is gone. null: there is none. */
export function chosenOf(state: TopState, items = itemsOf(state)): Item | null {
  return items.find(({ key }) => key === state.chosen) ?? items[0] ?? null;
}

/** What it types, or its name: Enter and Escape type control characters. */
const wordOf = ({ text, name }: Key): string => (/^[^\p{C}]$/u.test(text) ? text : name);

type Step = readonly [TopState, Effect | null];

export function pressed(state: TopState, key: Key): Step {
  if (key.ctrl && key.name === 'c') return [state, { do: 'end' }];
  if (key.ctrl && key.name === 'z') return [state, { do: 'suspend' }];
  if (state.typing) return typed(state, state.typing, key);
  const quiet = { ...state, said: '', asked: null };
  if (state.asked)
    return key.name === 'y' ? [quiet, state.asked.effect] : [{ ...quiet, said: 'nothing was done' }, null];
  if (state.showsHelp) return [{ ...quiet, showsHelp: false }, null];
  if (key.text === '?') return [{ ...quiet, showsHelp: true }, null];
  return state.open === null ? inList(quiet, key) : inPeer(quiet, state.open, key);
}

function inList(state: TopState, key: Key): Step {
  const items = itemsOf(state);
  const chosen = chosenOf(state, items);
  const at = chosen ? items.indexOf(chosen) : 0;
  const go = (to: number): Step => [
    { ...state, chosen: items[Math.max(0, Math.min(items.length - 1, to))]?.key ?? null },
    null,
  ];
  switch (wordOf(key)) {
    case 'q':
      return [state, { do: 'end' }];
    case 'j':
    case 'down':
      return go(at + 1);
    case 'k':
    case 'up':
      return go(at - 1);
    case 'g':
    case 'home':
      return go(0);
    case 'G':
    case 'end':
      return go(items.length - 1);
    case '/':
      return [{ ...state, typing: { purpose: 'filter', about: '', text: state.filter } }, null];
    case 'escape':
      return [{ ...state, filter: '' }, null];
    case 'return':
    case 'f':
      return chosen ? opened(state, nameOf(chosen)) : [state, null];
    default:
      return chosen ? onItem(state, chosen, key) : [state, null];
  }
}

const nameOf = (item: Item): string => (item.kind === 'card' ? item.card.peer : item.row.name);

const opened = (state: TopState, name: string): Step => [
  { ...state, open: name, lines: [], scrolled: 0 },
  { do: 'open', name },
];

function onItem(state: TopState, item: Item, key: Key): Step {
  if (item.kind === 'peer') return onPeer(state, item.row.name, key);
  const { id, peer, tool, kind } = item.card;
  if (kind === 'question') {
    if (key.text === 'a') return [{ ...state, typing: { purpose: 'answer', about: id, text: '' } }, null];
  } else if (key.text === 'a') {
    const what = kind === 'plan' ? 'begin with its plan' : `use ${tool} this once`;
    return [{ ...state, asked: { words: `${peer} may ${what}?`, effect: { do: 'approve', id } } }, null];
  }
  if (key.text === 'd') return [{ ...state, typing: { purpose: 'deny', about: id, text: '' } }, null];
  return onPeer(state, peer, key);
}

function onPeer(state: TopState, name: string, key: Key): Step {
  if (key.text === 's') return [{ ...state, typing: { purpose: 'send', about: name, text: '' } }, null];
  if (key.text === 'w') return [state, { do: 'wake', name }];
  return [state, null];
}

function inPeer(state: TopState, name: string, key: Key): Step {
  const scroll = (by: number): Step => [
    { ...state, scrolled: Math.max(0, Math.min(state.lines.length - 1, state.scrolled + by)) },
    null,
  ];
  const asking = state.cards.find(({ peer }) => peer === name);
  switch (wordOf(key)) {
    case 'q':
    case 'escape':
    case 'left':
      return [{ ...state, open: null, lines: [] }, { do: 'close' }];
    case 'k':
    case 'up':
      return scroll(1);
    case 'j':
    case 'down':
      return scroll(-1);
    case 'pageup':
    case 'b':
      return scroll(10);
    case 'pagedown':
    case ' ':
      return scroll(-10);
    case 'G':
    case 'end':
      return [{ ...state, scrolled: 0 }, null];
    default:
      return asking ? onItem(state, { kind: 'card', key: '', card: asking }, key) : onPeer(state, name, key);
  }
}

function typed(state: TopState, typing: Typing, key: Key): Step {
  const { purpose, about, text } = typing;
  const rest = { ...state, typing: null };
  if (key.name === 'escape') return [{ ...rest, ...(purpose === 'filter' ? { filter: '' } : {}) }, null];
  if (key.name === 'return') {
    if (purpose === 'filter') return [{ ...rest, filter: text }, null];
    if (purpose === 'deny') return [rest, { do: 'deny', id: about, reason: text.trim() || null }];
    if (text.trim() === '') return [{ ...rest, said: 'nothing was sent: there was no text' }, null];
    return [rest, purpose === 'send' ? { do: 'send', to: about, text } : { do: 'answer', id: about, answers: [text] }];
  }
  const next =
    key.name === 'backspace'
      ? [...text].slice(0, -1).join('')
      : key.ctrl && key.name === 'u'
        ? ''
        : key.ctrl || !/^[^\p{C}]+$/u.test(key.text)
          ? text
          : text + key.text;
  return [{ ...state, typing: { ...typing, text: next }, ...(purpose === 'filter' ? { filter: next } : {}) }, null];
}
