import { expect, test } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { createSweeper } from '#runner/retention/sweeper.ts';

test('a sweep takes no more than a tenth of the time of an agent that is busy, and goes on at every call', async () => {
  let nowMs = 0;
  let steps = 0;
  const sweep = createSweeper({
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs, sleep: async () => {} },
    about: { peer: 'a', part: null },
    async *sweep() {
      for (; steps < 1_000; steps++) {
        nowMs += 1;
        yield;
      }
    },
    complain: () => {},
  });
  for (let turn = 1; turn <= 10; turn++) {
    nowMs += 3 * limits.sweepPart;
    expect(await sweep()).toBe(true);
    expect(steps).toBeLessThanOrEqual(4 * turn);
    expect(steps).toBeGreaterThanOrEqual(turn);
  }
  while (await sweep());
  expect(steps).toBe(1_000);
});
