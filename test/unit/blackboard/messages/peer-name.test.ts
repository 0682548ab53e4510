import { expect, test } from 'vitest';
import { nearestName, whyNotAName } from '#blackboard/messages/peer-name.ts';

test.each([
  ...[
    'a',
    '0',
    'reviewer',
    'a-b-c',
    'x'.repeat(40),
    'é',
    'größe',
    '設計-main',
    '검토자',
    'หนังสือ-2',
    'हिन्दी',
    'отчёт-main',
    'تقرير',
  ],
  ...['שלום', 'தமிழ்', '中'.repeat(40)],
])('%s is a name', name => {
  expect(whyNotAName(name)).toBeNull();
});

test.each([
  '',
  '-a',
  'A',
  'a_b',
  'a/b',
  '..',
  'a b',
  'x'.repeat(41),
  '中'.repeat(41),
  'É',
  'a\n',
  'e\u0301',
  '\u0301a',
  'operator',
  'self',
  'all',
  'board',
  'a\u202eb',
  'a\u200bb',
  'a\u3164',
  'a\ufe0f',
  'a\u0e34\u0e34\u0e34\u0e34',
  'оperator',
  'ｏperator',
  'аdmin',
  '𝐛oard',
  'a½',
  '設計 x',
  '😀',
])('%j is refused with a reason', name => {
  expect(whyNotAName(name)).toMatch(/reserved|is not a name/);
});

test('the nearest name is offered for a typo and nothing for something else', () => {
  expect(nearestName('reviwer', ['reviewer', 'tester'])).toBe('reviewer');
  expect(nearestName('zzzzzz', ['reviewer', 'tester'])).toBeNull();
  expect(nearestName('x'.repeat(10_000), ['reviewer'])).toBeNull();
});
