// `top`: what each key does, and what is drawn at each size; nothing of what others wrote reaches the terminal as it is.
import { describe, expect, test } from 'vitest';
import { type ScreenSize, screenLines } from '#runner/cli/top/screen.ts';
import {
  BEGIN,
  chosenOf,
  type Effect,
  itemsOf,
  type Key,
  pressed,
  type TopState,
  withLines,
  withNews,
} from '#runner/cli/top/state.ts';
import type { PeerRow } from '#runner/dashboard/fleet-feed.ts';
import type { Approvals } from '#runner/results/cards.ts';
import { columnsOf } from '#runner/text/columns.ts';
import { paintFor } from '#runner/text/terminal.ts';
import { HOSTILE_TEXTS } from '#test/support/hostile-texts.ts';

const NOW = Date.parse('2026-11-21T09:00:00Z');
const plain = paintFor({ isTTY: true }, { NO_COLOR: '1' });

const agent = (name: string, more: object = {}): PeerRow =>
  ({
    ...{
      kind: 'agent',
      name,
      state: 'idle',
      detail: 'idle',
      needsYou: false,
      waiting: 0,
      later: 0,
      working: 0,
      notTaken: 0,
    },
    ...{ ignored: 0, dead: 0, todayUsd: 0, lastActivityAt: null, permissionMode: 'default', model: null, runnerPid: 1 },
    ...{ says: null, ...more },
  }) as PeerRow;

const card = (id: string, peer: string, more: object = {}): Approvals[number] =>
  ({
    ...{ id, kind: 'permission', peer, life: 'l', turn: 1, message: null, tool: 'Bash', input: '{"command":"ls"}' },
    ...{
      inputChars: 16,
      reason: null,
      rules: [],
      questions: [],
      at: '2026-11-21T08:00:00.000Z',
      untilAt: null,
      ...more,
    },
  }) as Approvals[number];

const id = (n: number) => `01a22e4f-792b-7731-a6da-f3dccc2d570${n}`;
const fleet = (peers: PeerRow[], cards: Approvals = []): TopState =>
  withNews(BEGIN, { peers, gone: [], cards, counts: { unread: 2, todayUsd: 1.5, isDown: false } });
/** As readline tells them. */
const TYPED: Record<string, string> = { return: '\r', escape: '\u001b', backspace: '\u007f', down: '\u001b[B' };
const keyOf = (text: string): Key =>
  text.length === 1 ? { name: text, ctrl: false, text } : { name: text, ctrl: false, text: TYPED[text] ?? '' };
/** The state after these keys, and what they do outside. */
function after(state: TopState, ...keys: (string | Key)[]): { state: TopState; effects: Effect[] } {
  const effects: Effect[] = [];
  for (const key of keys) {
    const [next, effect] = pressed(state, typeof key === 'string' ? keyOf(key) : key);
    state = next;
    if (effect) effects.push(effect);
  }
  return { state, effects };
}
const type = (text: string): string[] => [...text];
const draw = (state: TopState, size: ScreenSize = { columns: 80, rows: 24 }) => screenLines(state, size, plain, NOW);

test('cards come first, then who needs a person, then who works', () => {
  const state = fleet(
    [agent('ann'), agent('zoe', { needsYou: true }), agent('mia', { state: 'busy' })],
    [card(id(1), 'ann')],
  );
  const names = itemsOf(state).map(item => (item.kind === 'card' ? `card of ${item.card.peer}` : item.row.name));
  expect(names).toEqual(['card of ann', 'zoe', 'mia', 'ann']);
});

test('what is chosen stays chosen when rows move', () => {
  const { state } = after(fleet([agent('ann'), agent('bob')]), 'j');
  const moved = withNews(state, { peers: [agent('bob', { needsYou: true })], gone: [], cards: [card(id(1), 'ann')] });
  expect(chosenOf(moved)).toMatchObject({ row: { name: 'bob' } });
  expect(chosenOf(withNews(moved, { peers: [], gone: ['agent bob'] }))).toMatchObject({ kind: 'card' });
});

describe('keys', () => {
  const asking = fleet([agent('ann'), agent('bob')], [card(id(1), 'ann')]);
  test('a approves after y, and only the card that was asked about', () => {
    const { state } = after(asking, 'a');
    expect(state.asked?.words).toBe('ann may use Bash this once?');
    const other = withNews(state, { peers: [], gone: [], cards: [card(id(2), 'bob'), card(id(1), 'ann')] });
    expect(after(other, 'y').effects).toEqual([{ do: 'approve', id: id(1) }]);
    expect(after(state, 'n')).toMatchObject({ effects: [], state: { asked: null, said: 'nothing was done' } });
  });
  test('d denies with what is typed; Escape takes it back', () => {
    expect(after(asking, 'd', ...type('not now'), 'return').effects).toEqual([
      { do: 'deny', id: id(1), reason: 'not now' },
    ]);
    expect(after(asking, 'd', 'return').effects).toEqual([{ do: 'deny', id: id(1), reason: null }]);
    expect(after(asking, 'd', 'x', 'escape').effects).toEqual([]);
  });
  test('a question is answered, not approved', () => {
    const state = fleet(
      [],
      [card(id(3), 'ann', { kind: 'question', questions: [{ question: 'Which?', options: [], several: false }] })],
    );
    expect(after(state, 'a', ...type('blue'), 'return').effects).toEqual([
      { do: 'answer', id: id(3), answers: ['blue'] },
    ]);
    expect(after(state, 'a', 'return').effects).toEqual([]);
  });
  test('s sends, w wakes, Enter follows and Escape goes back, q ends', () => {
    const state = fleet([agent('ann'), agent('bob')]);
    expect(after(state, 'j', 's', ...type('hi q'), 'return').effects).toEqual([
      { do: 'send', to: 'bob', text: 'hi q' },
    ]);
    expect(after(state, 's', 'return')).toMatchObject({ effects: [], state: { said: /nothing was sent/ as never } });
    expect(after(state, 'w').effects).toEqual([{ do: 'wake', name: 'ann' }]);
    const { effects, state: back } = after(state, 'return', 'escape');
    expect(effects).toEqual([{ do: 'open', name: 'ann' }, { do: 'close' }]);
    expect(back.open).toBeNull();
    expect(after(state, 'q').effects).toEqual([{ do: 'end' }]);
  });
  test('Ctrl-C ends also while something is typed; control characters are not typed', () => {
    const typing = after(fleet([agent('ann')]), 's', { name: '', ctrl: false, text: '\u001b[31m' }).state;
    expect(typing.typing?.text).toBe('');
    expect(after(typing, { name: 'c', ctrl: true, text: '\u0003' }).effects).toEqual([{ do: 'end' }]);
    expect(after(typing, 'a', 'b', 'backspace', 'é').state.typing?.text).toBe('aé');
    expect(after(typing, 'a', { name: 'u', ctrl: true, text: '' }).state.typing?.text).toBe('');
  });
  test('/ filters while it is typed', () => {
    const { state } = after(fleet([agent('ann'), agent('bob')]), '/', 'B');
    expect(itemsOf(state)).toHaveLength(1);
    expect(itemsOf(after(state, 'escape').state)).toHaveLength(2);
  });
});

test('lines that come leave what is read where it is', () => {
  const open = withLines(
    { ...BEGIN, open: 'ann' },
    Array.from({ length: 50 }, (_, n) => `line ${n}`),
  );
  expect(draw(open).join('\n')).toContain('line 49');
  const { state } = after(open, 'k', 'k');
  const later = withLines(state, ['new']);
  expect(draw(later)).toEqual(expect.arrayContaining(['line 47']));
  expect(draw(later).join('\n')).not.toContain('new');
  expect(draw(after(later, 'G').state).join('\n')).toContain('new');
});

describe.each([60, 80, 120, 200])('at %i columns', columns => {
  const many = Array.from({ length: 40 }, (_, n) =>
    agent(`agent-with-a-long-name-${n}`, {
      detail: 'busy (turn 12, 3 m, asks you)',
      says: 'reads the whole repository '.repeat(3),
      todayUsd: 12.3456,
    }),
  );
  test.each([10, 24, 50])('and %i rows the screen is full, and no line is too long', rows => {
    let state = fleet(many, [
      card(id(1), 'ann', { reason: 'because '.repeat(40), input: `{"command":"${'x'.repeat(500)}"}` }),
    ]);
    for (const keys of [[], ['j'], ['G'], ['?'], ['s', ...type('x'.repeat(250))], ['a'], ['return']]) {
      const shown = after(state, ...keys).state;
      const lines = screenLines(withLines(shown, ['long '.repeat(100)]), { columns, rows }, plain, NOW);
      expect(lines).toHaveLength(rows);
      for (const line of lines) expect(columnsOf(line), line).toBeLessThanOrEqual(columns);
    }
    state = after(state, 'G').state;
    expect(screenLines(state, { columns, rows }, plain, NOW).some(line => line.startsWith('>'))).toBe(true);
  });
});

test.each(HOSTILE_TEXTS)('%j cannot reach the terminal', text => {
  const state = fleet(
    [agent(text, { detail: text, says: text })],
    [card(id(1), text, { tool: text, input: JSON.stringify({ command: text }), reason: text })],
  );
  for (const shown of [state, { ...state, open: text }, { ...state, said: text }, after(state, 'a').state])
    expect(draw(shown).join('')).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
});

test('nothing at all says what to do', () => {
  expect(draw(BEGIN).join('\n')).toContain('agent-runner add');
});
