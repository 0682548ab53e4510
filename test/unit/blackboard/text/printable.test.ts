import { expect, test } from 'vitest';
import { printable, printableJson, printableLine, quotedName } from '#blackboard/text/printable.ts';

test('marks that turn the reading order round are shown as such, and letters of every script stay', () => {
  expect(printable('a\u202eb\u2066c\u200fd')).toBe('a\\u{202e}b\\u{2066}c\\u{200f}d');
  expect(printable('tag \u{e0041}')).toBe('tag \\u{e0041}');
  expect(printable('שלום 你好 👩‍🚀 é\n\tx')).toBe('שלום 你好 👩‍🚀 é\n\tx');
});

test('line ends of every kind: one that few know as such begins no line', () => {
  expect(printable('a\r\nb\rc\u2028d\u0085e')).toBe('a\nb�c\\u{2028}d�e');
  expect(printableLine(' a\r\n\tb\rc\u2028d\u0085e\u000bf ')).toBe('a b c d e f');
});

test('JSON means what it meant', () => {
  const value = { 'a\u202e': ['\u009b', '\u{e0041}', '\n\u007f'] };
  for (const text of [printableJson(JSON.stringify(value)), printableJson(JSON.stringify(value, null, 2))]) {
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
    expect(JSON.parse(text)).toEqual(value);
  }
});

test('a name is quoted and cut, never within a character', () => {
  expect(quotedName('a"\n\u202e', 10)).toBe('"a\\"\\n\\u202e"');
  expect(quotedName('ab😀cd', 3)).toBe('"ab"… (6 characters)');
});
