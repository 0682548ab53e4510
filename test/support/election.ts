/** One schedule of the world in memory as a property: two runners, launchers, claudes, deaths at any step. */
import fc from 'fast-check';
import { createSchedule } from './schedule.ts';
import { createWorld, type Mutant } from './scheduled-root.ts';

/** Schedules in all; two test files share them, so that two workers do. */
export const SCHEDULES = Number(process.env.AGENT_RUNNER_PROPERTY_RUNS ?? 20_000);
/** Of a schedule that has not come to its end by then, what broke so far counts. */
const STEPS_MAX = 20_000;

interface Kill {
  step: number;
  pick: number;
}

const kills = fc.array(fc.record({ step: fc.nat(400), pick: fc.nat(10) }), { maxLength: 4 });

/** One schedule, to its end; what it broke first, or null. */
async function play(order: number, kills: readonly Kill[], mutant: Mutant, seed: number): Promise<string | null> {
  const schedule = createSchedule(order);
  const step = (process: object, _what: string, isIdle?: boolean) => schedule.step(process, isIdle);
  const world = await createWorld({ messages: 2, seed, mutant, step });
  const run = () => world.runner().catch(() => {});
  run();
  run();
  while (world.violation() === null && schedule.drawn < STEPS_MAX) {
    if (await schedule.draw()) {
      for (const kill of kills) {
        if (kill.step !== schedule.drawn) continue;
        const living = world.processes.filter(process => !process.dead);
        const victim = living[kill.pick % Math.max(1, living.length)];
        if (victim) world.kill(victim);
      }
      continue;
    }
    if (await world.isOver()) break;
    // All have died, or wait for one that has.
    if (world.processes.some(process => process.kind === 'runner' && !process.dead)) break;
    run();
  }
  if (world.violation() === null) await world.checkEnd();
  return world.violation();
}

/** Fails with the invariant that broke. */
export const election = (mutant: Mutant) =>
  fc.asyncProperty(fc.nat(), kills, fc.nat(), async (order, kills, seed) => {
    const violation = await play(order, kills, mutant, seed);
    if (violation !== null) throw new Error(violation);
  });
