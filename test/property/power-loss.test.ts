/**
 * The power goes at every effect of a message's life: nothing that was accepted is lost, nothing doubled, one outcome each.
 * What each power loss leaves is a sample of what nobody had fsynced; with AGENT_RUNNER_TEST_FULL all of it where that is
 * few, else each thing alone, too. The engine is the real one (test/support/simulated-root.ts), on test/support/power-disk.ts.
 */
import { describe, expect, test } from 'vitest';
import { allPoints, every, type Rests, sampled, search, telling } from '#test/support/cut-points.ts';
import { lives } from '#test/support/scenarios.ts';

const SEED = Number(process.env.AGENT_RUNNER_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Rests of one power loss that are tried in order; then as many by chance. */
const RESTS_MAX = 64;

const rests: Rests = process.env.AGENT_RUNNER_TEST_FULL
  ? function* (at) {
      yield* telling();
      yield* every(RESTS_MAX, SEED)(at);
    }
  : sampled(SEED);

describe(`the power goes (seed ${SEED})`, () => {
  test.each(Object.entries(lives))('%s', { timeout: 3_600_000 }, async (name, life) => {
    const { found, lived } = await search(life, { points: await allPoints(life), rests });
    console.log(`${name}: ${lived} power losses (seed ${SEED})`);
    expect(found.slice(0, 3).join('\n')).toBe('');
    expect(lived).toBeGreaterThan(20);
  });
});
