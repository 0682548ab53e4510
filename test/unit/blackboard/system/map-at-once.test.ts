import { expect, test } from 'vitest';
import { mapAtOnce } from '#blackboard/system/map-at-once.ts';

test('results stand in the order of the items, and no more than so many are worked on at once', async () => {
  let running = 0;
  let most = 0;
  const found = await mapAtOnce([3, 1, 2, 0], 2, async item => {
    most = Math.max(most, ++running);
    for (let round = 0; round < item; round++) await Promise.resolve();
    running--;
    return item * 10;
  });
  expect(found).toEqual([30, 10, 20, 0]);
  expect(most).toBe(2);
});

test('one that fails holds up none of the others, and is thrown at the end', async () => {
  const done: number[] = [];
  const all = mapAtOnce([1, 2, 3, 4], 1, async item => {
    if (item % 2 === 0) throw new Error(`no ${item}`);
    done.push(item);
  });
  await expect(all).rejects.toThrow('no 2');
  expect(done).toEqual([1, 3]);
});
