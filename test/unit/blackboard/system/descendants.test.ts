import { expect, test } from 'vitest';
import { below } from '#blackboard/system/descendants.ts';

test('children and grandchildren are below a process, siblings and strangers are not', () => {
  const table = new Map([
    [1, 0],
    [10, 1],
    [11, 10],
    [12, 10],
    [13, 12],
    [20, 1],
    [21, 20],
  ]);
  expect(below(10, table)).toEqual([11, 12, 13]);
  expect(below(13, table)).toEqual([]);
});

test('a table that was read while it changed and holds a circle ends', () => {
  const table = new Map([
    [10, 12],
    [11, 10],
    [12, 11],
    [13, 13],
  ]);
  expect(below(10, table)).toEqual([11, 12]);
});
