import { expect, test } from 'vitest';
import { cleanText, fitsBox, isInBox, piecesOf } from '#runner/panes/typed-text.ts';
import { screenNamed } from '#test/support/pane-fixtures.ts';

test.each([
  ['a\u001b[2Jb\u0000\u0003c\u009b', 'a[2Jbc'],
  ['one\r\ntwo\rthree\u2028four', 'one\ntwo\nthree\nfour'],
  ['\ta\tb  \n ', 'a    b'],
  ['\u001b[201~\r/clear', '[201~\n/clear'],
  ['日本 👩‍👩‍👧', '日本 👩‍👩‍👧'],
])('%j is typed as %j', (given, typed) => {
  expect(cleanText(given)).toBe(typed);
});

test('pieces are together the text, and none becomes a chip', () => {
  const texts = [
    'x',
    'a\nb\nc\nd\ne\nf\ng',
    'y'.repeat(2_500),
    `${'日本👩‍👩‍👧'.repeat(300)}\n\n\n\n\n`,
    'z'.repeat(800),
  ];
  for (const text of texts) {
    const pieces = piecesOf(text);
    expect(pieces.join('')).toBe(text);
    for (const piece of pieces) {
      expect(piece.length).toBeLessThanOrEqual(800);
      expect(piece.split('\n').length).toBeLessThanOrEqual(3);
      expect(piece).not.toMatch(/[\ud800-\udbff]$/);
    }
  }
  expect(piecesOf('y'.repeat(800))).toHaveLength(1);
});

test('behind a backslash Enter would be a line break: a blank comes between', () => {
  expect(piecesOf('a\\').join('')).toBe('a\\ ');
});

test('what the box would scroll does not fit', () => {
  const wide = screenNamed('fresh-120');
  const narrow = screenNamed('fresh-60');
  expect(fitsBox('a line', narrow)).toBe(true);
  expect(fitsBox('word '.repeat(160), wide)).toBe(true);
  expect(fitsBox('word '.repeat(160), narrow)).toBe(false);
  expect(fitsBox('日本'.repeat(300), wide)).toBe(false);
  expect(fitsBox('a\n'.repeat(20), wide)).toBe(false);
  expect(fitsBox('a line', 'no box\n')).toBe(false);
});

test('the box has the text whatever lines it breaks, and nothing else', () => {
  expect(isInBox('one two\nthree', 'one two three')).toBe(true);
  expect(isInBox('xone two\nthree', 'one two three')).toBe(false);
  expect(isInBox('one two', 'one two three')).toBe(false);
});
