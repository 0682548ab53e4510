import { expect, test } from 'vitest';
import { createTurnClock } from '#runner/turn/turn-clock.ts';
import { createFakeClock } from '#test/unit/fake-clock.ts';

test('a turn’s time stands still while a person is asked', async () => {
  const clock = createFakeClock();
  const turn = createTurnClock(clock);
  const over = new AbortController();
  let isOver = false;
  const passed = turn.passed(1_000, over.signal).then(() => {
    isOver = true;
  });
  await clock.advance(900);
  turn.asks(true);
  await clock.advance(24 * 3_600_000);
  expect(isOver).toBe(false);
  turn.asks(false);
  await clock.advance(99);
  expect(isOver).toBe(false);
  await clock.advance(1);
  await passed;
  expect(isOver).toBe(true);
});

test('it ends with its turn', async () => {
  const over = new AbortController();
  const passed = createTurnClock(createFakeClock()).passed(1_000, over.signal);
  over.abort();
  await passed;
});
