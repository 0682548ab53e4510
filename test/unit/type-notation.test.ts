import { describe, expect, test } from 'vitest';
import { parseTypes, violations } from '#test/support/type-notation.ts';

const types = parseTypes(`
  type Time = string; // a comment; with a semicolon
  type Inner = { at: Time; note?: 'a' | 'b' };
  type Outer = Inner & { list: (Inner | null)[]; n: number };
`);
const check = (value: unknown) => violations(types, types.get('Outer')!, value);
const inner = { at: '2026-11-21T00:00:00Z' };

describe('the reader of types in docs/json.md', () => {
  test('takes what fits', () => {
    expect(check({ ...inner, note: 'a', list: [inner, null], n: 1 })).toEqual([]);
  });

  test.each([
    [{ ...inner, list: [], n: '1' }, '$.n: expected number'],
    [{ ...inner, list: [{}], n: 1 }, '$.list[0]'],
    [{ ...inner, list: [], n: 1, more: 1 }, '$.more: is not documented'],
    [{ list: [], n: 1 }, '$.at: is missing'],
    [{ at: 'soon', list: [], n: 1 }, '$.at: expected a time'],
    [{ ...inner, note: 'c', list: [], n: 1 }, '$.note'],
    [[], '$: expected an object'],
  ])('refuses %j', (value, problem) => {
    expect(check(value).join('\n')).toContain(problem);
  });

  test('refuses what it cannot read', () => {
    expect(() => parseTypes('type A = { a string };')).toThrow('expected :');
    expect(() => violations(types, { kind: 'word', word: 'Nobody' }, 1)).toThrow('there is no type Nobody');
  });
});
