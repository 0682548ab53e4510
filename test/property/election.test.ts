/**
 * Election and recovery under every interleaving the scheduler finds: two runners, launchers, claudes, deaths at any step.
 * The engine is the real one, on a disk in memory (test/support/world.ts).
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createWorld, type Mutant } from '../support/world.ts';

const RUNS = Number(process.env.AGENT_RUNNER_PROPERTY_RUNS ?? 20_000);

const deaths = fc.array(fc.record({ step: fc.nat(400), pick: fc.nat(10) }), { maxLength: 4 });

/** One schedule: releases one waiting operation at a time, in the order that fast-check chooses; kills on the way. */
async function play(s: fc.Scheduler, kills: { step: number; pick: number }[], mutant: Mutant, seed: number) {
  let steps = 0;
  const world = await createWorld({
    messages: 2,
    seed,
    mutant,
    async step(_process, label) {
      await s.schedule(Promise.resolve(), label);
      steps++;
      for (const kill of kills) {
        if (kill.step !== steps) continue;
        const living = world.processes.filter(process => !process.dead);
        const victim = living[kill.pick % Math.max(1, living.length)];
        if (victim) world.kill(victim);
      }
    },
  });
  const runners = [world.runner(), world.runner()];
  for (const runner of runners) runner.catch(() => {});
  while (world.violation() === null && steps < 20_000) {
    if (s.count() > 0) {
      await s.waitNext(1);
      continue;
    }
    await new Promise(resolve => setImmediate(resolve));
    if (s.count() > 0) continue;
    if (await world.isOver()) break;
    if (!world.processes.some(process => process.kind === 'runner' && !process.dead)) world.runner().catch(() => {});
    await new Promise(resolve => setImmediate(resolve));
    if (s.count() === 0) break;
  }
  if (world.violation() === null) await world.checkEnd();
  return world.violation();
}

const property = (mutant: Mutant) =>
  fc.asyncProperty(fc.scheduler(), deaths, fc.nat(), async (s, kills, seed) => {
    expect(await play(s, kills, mutant, seed)).toBeNull();
  });

describe('two runners and a launcher, dying anywhere', () => {
  test(`no message is lost, doubled or answered twice in ${RUNS} schedules`, async () => {
    await fc.assert(property('none'), { numRuns: RUNS, endOnFailure: true });
  });

  const controls: Mutant[] = ['no-link', 'sweep-open', 'submitted-only', 'no-transcript', 'no-intent'];
  test.each(controls)('the control "%s" breaks an invariant', async mutant => {
    const outcome = await fc.check(property(mutant), { numRuns: RUNS, endOnFailure: true });
    expect(outcome.failed).toBe(true);
  });
});
