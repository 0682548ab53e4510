// Screens of the real CLI (2.1.329), captured from tmux; INDEX.tsv says what is in the box.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { boxOf, isEmptyBox } from '#runner/wake/tmux-keys.ts';

const panes = fileURLToPath(new URL('../../../fixtures/panes/', import.meta.url));
const rows = readFileSync(`${panes}INDEX.tsv`, 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map(row => row.split('\t') as [name: string, state: string, box: string]);
const screenOf = (name: string): string => readFileSync(`${panes}${name}.txt`, 'utf8');

test('there are screens of every kind', () => {
  expect(new Set(rows.map(([, , box]) => box))).toEqual(new Set(['empty', 'draft', 'placeholder', 'none', 'search']));
});

test.each(rows.filter(([, , box]) => box !== 'empty'))('nothing is typed into %s (%s, %s)', name => {
  expect(isEmptyBox(screenOf(name))).toBe(false);
});

test.each(rows.filter(([, state, box]) => state === 'idle' && box === 'empty'))('%s is an empty box', name => {
  expect(isEmptyBox(screenOf(name))).toBe(true);
});

test('one line that stands in the box is read back', () => {
  expect(boxOf(screenOf('idle_draft'))).toBe('my half typed draft text');
  expect(boxOf(screenOf('idle_draft_multiline'))).toBeNull();
});
