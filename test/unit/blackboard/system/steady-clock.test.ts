import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Anchor, nextAnchor } from '#blackboard/system/steady-clock.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = 1_800_000_000_000;

/** Plays a series of looks: hours since the start by uptime, and how far the wall clock is off then. */
function play(looks: readonly { hours: number; offMs: number; bootId?: string }[]): number[] {
  let anchor: Anchor | null = null;
  return looks.map(({ hours, offMs, bootId = 'a' }) => {
    anchor = nextAnchor(anchor, { bootId, uptimeMs: hours * HOUR, wallMs: START + hours * HOUR + offMs });
    return anchor.steadyMs - START;
  });
}

describe('the runner’s clock', () => {
  test('follows the machine’s clock, small corrections included', () => {
    expect(
      play([
        { hours: 0, offMs: 0 },
        { hours: 1, offMs: 2_000 },
        { hours: 2, offMs: -4_000 },
      ]),
    ).toEqual([0, HOUR + 2_000, 2 * HOUR - 4_000]);
  });

  test('a day forward and back moves nothing', () => {
    const looks = [
      { hours: 0, offMs: 0 },
      { hours: 1, offMs: DAY },
      { hours: 2, offMs: DAY },
      { hours: 3, offMs: 0 },
    ];
    expect(play(looks)).toEqual([0, HOUR, 2 * HOUR, 3 * HOUR]);
  });

  test('a day back and forward moves nothing either', () => {
    expect(
      play([
        { hours: 0, offMs: 0 },
        { hours: 1, offMs: -DAY },
        { hours: 2, offMs: 0 },
      ]),
    ).toEqual([0, HOUR, 2 * HOUR]);
  });

  test('a jump that has stood for a day is believed', () => {
    const looks = [0, 1, 13, 24.9, 25].map(hours => ({ hours, offMs: hours === 0 ? 0 : 3 * DAY }));
    expect(play(looks)).toEqual([0, HOUR, 13 * HOUR, 24.9 * HOUR, 25 * HOUR + 3 * DAY]);
  });

  test('after a reboot the machine’s clock is believed', () => {
    expect(
      play([
        { hours: 10, offMs: 0 },
        { hours: 0.1, offMs: 2 * DAY, bootId: 'b' },
      ])[1],
    ).toBe(0.1 * HOUR + 2 * DAY);
  });

  test('within a boot it never runs more than the uptime does while the clock jumps about', () => {
    const off = fc.integer({ min: -3 * DAY, max: 3 * DAY });
    fc.assert(
      fc.property(fc.array(off, { minLength: 1, maxLength: 20 }), offs => {
        // Every look is an hour after the last, and no jump stands for a day: odd looks are right again.
        const looks = offs.map((offMs, index) => ({ hours: index, offMs: index % 2 === 0 ? 0 : offMs }));
        const times = play(looks);
        for (const [index, time] of times.entries())
          expect(Math.abs(time - index * HOUR)).toBeLessThanOrEqual(5 * 60_000);
      }),
    );
  });
});
