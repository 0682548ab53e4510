import { expect, test } from 'vitest';
import { gistOf } from '#runner/verbs/gist.ts';

test('a message in one line does not repeat the word for its kind, which stands beside it', () => {
  expect(gistOf({ kind: 'status', body: 'Status: half of it\nand more' }, 80)).toBe('half of it');
  expect(gistOf({ kind: 'note', body: 'status: half of it' }, 80)).toBe('status: half of it');
  expect(gistOf({ kind: 'status', subject: 'status: CI', body: 'status: x' }, 80)).toBe('status: CI');
});
