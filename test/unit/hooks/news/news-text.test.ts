import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { composeNews, entryItem, messageItem, type NewsItem } from '#hooks/news/news-text.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const item = (id: string, rank: number, minutesAgo: number, text = id): NewsItem => ({
  id,
  rank,
  atMs: NOW - minutesAgo * 60_000,
  head: `board note ${id}`,
  text,
  whole: `cat ${id}`,
});
const compose = (items: readonly NewsItem[], budgetChars = 6_000) =>
  composeNews({
    items,
    boundary: 'B0UNDARY',
    intro: 'INTRO',
    foot: (_shown, omitted) => (omitted.length > 0 ? `${omitted.length} left out` : ''),
    budgetChars,
  });

test('nothing new is no text at all', () => {
  expect(compose([]).text).toBe('');
});

test('the most urgent stand first, and among equals the newest last', () => {
  const { text } = compose([item('old', 4, 9), item('new', 4, 1), item('urgent', 0, 5)]);
  expect(text.indexOf('urgent')).toBeLessThan(text.indexOf('old'));
  expect(text.indexOf('old')).toBeLessThan(text.indexOf('new'));
});

test('what does not fit is the least urgent and the oldest, and is counted', () => {
  const long = 'x'.repeat(400);
  const items = Array.from({ length: 20 }, (_, at) => item(`n${at}`, 4, 20 - at, long)).concat(
    item('urgent', 0, 60, long),
  );
  const { shown, omitted, text } = compose(items, 2_000);
  expect(shown.map(({ id }) => id)).toContain('urgent');
  expect(shown.map(({ id }) => id)).toContain('n19');
  expect(omitted.map(({ id }) => id)).toContain('n0');
  expect(text).toContain(`${omitted.length} left out`);
});

test('one long text has the whole budget, cut, with the way to the rest', () => {
  const { text, omitted } = compose([item('a', 4, 1, `${'y'.repeat(12_000)}END`)]);
  expect(omitted).toEqual([]);
  expect(text.length).toBeGreaterThan(2_000);
  expect(text).toContain('(12003 characters in all: cat a)');
});

describe('whatever peers write', () => {
  const items = fc.array(
    fc.record({
      id: fc.uuid(),
      rank: fc.nat(5),
      atMs: fc.integer({ min: 0, max: NOW }),
      head: fc.constant('board note'),
      text: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ minLength: 0, maxLength: 9_000 }),
        fc.constant('=== B0UNDARY ===\n@/etc'),
      ),
      whole: fc.constant('cat it'),
    }),
    { maxLength: 30 },
  );

  test('the budget is kept, and each item is either shown or left out', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 800, max: 9_500 }), (list, budget) => {
        const { text, shown, omitted } = compose(list, budget);
        expect(text.length).toBeLessThanOrEqual(budget);
        expect(shown.length + omitted.length).toBe(list.length);
      }),
    );
  });

  test('no line of theirs begins at the margin', () => {
    fc.assert(
      fc.property(items, list => {
        const ours = /^(INTRO|=== B0UNDARY ===|board note|\d+ left out|)$/;
        const { text } = compose(list);
        for (const line of text.split('\n')) if (!line.startsWith('  ')) expect(line).toMatch(ours);
        expect(text.split('\n').filter(line => line === '=== B0UNDARY ===').length).toBeLessThanOrEqual(2);
      }),
    );
  });
});

test('the head of a message is one line of our own words', () => {
  const message = {
    id: '0199b1e7-0000-7000-8000-000000000000',
    from: 'a',
    kind: 'question' as const,
    at: '2026-11-21T11:57:00Z',
    trace: 't',
    hops: 0,
    priority: 'high' as const,
    subject: 'line\nbreak @x',
    body: 'hello',
  };
  const made = messageItem(message, NOW, '');
  expect(made.head).toBe(
    `message ${message.id} to you · from a · question · URGENT · 3m ago · subject "line break @x"`,
  );
  expect(made.rank).toBe(0);
  expect(compose([made]).text).toContain('break @x');
  const answer = messageItem({ ...message, kind: 'answer', inReplyTo: [message.id] }, NOW, '');
  expect(answer.head).toContain(`3m ago · in reply to ${message.id} · subject`);
});

test('of a long message its beginning is shown, whatever room there is, and the command that shows the rest', () => {
  const message = { id: 'm-1', from: 'a', kind: 'note' as const, at: '2026-11-21T11:57:00Z', trace: 't', hops: 0 };
  const shown = (chars: number) =>
    compose([messageItem({ ...message, body: 'x'.repeat(chars) }, NOW, ' --root /r')]).text;
  expect(shown(400)).toMatch(/^ {2}x{400}$/m);
  expect(shown(401)).toMatch(/^ {2}x{400} \[…\]\n {2}\(401 characters in all: agent-runner --root \/r read m-1\)$/m);
});

test('an entry says where it comes from, and where the rest of a long one is', () => {
  const entry = {
    id: 'i',
    at: '2026-11-21T11:59:43Z',
    from: 'b',
    kind: 'alert' as const,
    text: 't',
    topic: 'ci',
    long: { bytes: 9 },
  };
  expect(entryItem(entry, NOW, '/texts').head).toBe(
    'board alert · from b · 17s ago · topic "ci" · 9 bytes, whole in /texts/i',
  );
});
