// Where bars, arrows and hours stand, and how the time is zoomed.
import { expect, test } from 'vitest';
import { arrowsOf, barsOf, ticksOf, zoomed } from '#runner/dashboard/page/timeline.ts';
import type { Timeline } from '#runner/results/timeline.ts';

const NOW = Date.parse('2026-11-21T12:00:00.000Z');
const at = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();
const turn = (number: number, from: number, to: number | null) => ({
  ...{
    turn: number,
    at: at(from),
    endedAt: to === null ? null : at(to),
    verdict: to === null ? null : 'answered',
    costUsd: 0,
  },
});
const timeline: Timeline = {
  at: at(0),
  lanes: [
    { peer: 'ann', turns: [turn(1, 60, 30), turn(2, 200, 190)] },
    { peer: 'bob', turns: [turn(1, 15, null), turn(2, 30, 30)] },
  ],
  messages: [
    { id: 'm', from: 'ann', to: 'bob', at: at(45) },
    { id: 'n', from: 'ann', to: 'gone', at: at(45) },
  ],
};
const whole = { timeline, hours: 1, span: { from: 0, to: 1 } };

test('a bar is as wide as its turn took, ends now while it runs, and is seen however short', () => {
  expect(barsOf(whole).map(({ peer, turn, x, width }) => [peer, turn.turn, x, width])).toEqual([
    ['ann', 1, 0, 50],
    ['bob', 1, 75, 25],
    ['bob', 2, 50, 0.25],
  ]);
});

test('zoomed in, what is outside is left out and the rest is wider', () => {
  const half = { ...whole, span: { from: 0.5, to: 1 } };
  expect(barsOf(half).map(({ peer, turn, x, width }) => [peer, turn.turn, x, width])).toEqual([
    ['ann', 1, 0, 0.25],
    ['bob', 1, 50, 50],
    ['bob', 2, 0, 0.25],
  ]);
  expect(arrowsOf(half)).toEqual([]);
});

test('an arrow goes from lane to lane; one to nobody is left out', () => {
  expect(arrowsOf(whole)).toEqual([{ id: 'm', from: 0, to: 1, x: 25, words: 'ann to bob' }]);
});

test.each([1, 6, 24, 168])('%i hours have a few round ticks', hours => {
  const ticks = ticksOf({ ...whole, hours });
  expect(ticks.length).toBeGreaterThan(2);
  expect(ticks.length).toBeLessThanOrEqual(8);
  expect(new Set(ticks.map(({ x }) => x)).size).toBe(ticks.length);
});

test('zoom stays within the whole, keeps now at the end, and ends at a minute of an hour', () => {
  expect(zoomed({ from: 0, to: 1 }, { by: 0.5, move: 0 })).toEqual({ from: 0.5, to: 1 });
  expect(zoomed({ from: 0.5, to: 1 }, { by: 1, move: -0.5 })).toEqual({ from: 0.25, to: 0.75 });
  expect(zoomed({ from: 0, to: 1 }, { by: 2, move: 0 })).toEqual({ from: 0, to: 1 });
  expect(zoomed({ from: 0, to: 0.25 }, { by: 1, move: -1 })).toEqual({ from: 0, to: 0.25 });
  let span = { from: 0, to: 1 };
  for (let times = 0; times < 20; times++) span = zoomed(span, { by: 0.5, move: 0 });
  expect(span.to - span.from).toBeCloseTo(1 / 60);
});
