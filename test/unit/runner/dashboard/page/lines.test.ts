// A peer's lines: each once, in order, over any number of connections.
import { expect, test } from 'vitest';
import { type Line, NO_LINES, sinceOf, withLines } from '#runner/dashboard/page/lines.ts';

const at = (second: number) => new Date(Date.UTC(2026, 10, 30, 12, 0, second)).toISOString();
const event = (key: string, second: number): Line =>
  ({ key, at: at(second), event: { type: 'message.due', at: at(second), peer: 'ann', id: key } }) as Line;
const said = (key: string, second: number): Line => ({
  key,
  at: at(second),
  said: { role: 'user', at: at(second), text: key },
});
const keysOf = (lines: readonly Line[]) => lines.map(({ key }) => key);

test('a line that comes again after a reconnect is there once', () => {
  const first = withLines(NO_LINES, [event('a', 1), event('b', 2)]);
  const again = withLines(first.lines, [event('b', 2), event('c', 3)]);
  expect(keysOf(again.lines.all)).toEqual(['a', 'b', 'c']);
  expect(keysOf(again.added)).toEqual(['c']);
  expect(again.isInOrder).toBe(true);
  const nothing = withLines(again.lines, [event('a', 1)]);
  expect(nothing.lines).toBe(again.lines);
});

test('a line that is older than what is there takes its place, and says that the order changed', () => {
  const first = withLines(NO_LINES, [event('a', 1), event('c', 9)]);
  const { lines, isInOrder } = withLines(first.lines, [said('b', 5)]);
  expect(keysOf(lines.all)).toEqual(['a', 'b', 'c']);
  expect(isInOrder).toBe(false);
});

test('it asks from before the last line of each kind on, since the two files are not written in step', () => {
  expect(sinceOf(NO_LINES)).toBeNull();
  const { lines } = withLines(NO_LINES, [event('a', 100), said('b', 300)]);
  expect(sinceOf(lines)).toBe(at(40));
});
