/** Election and recovery under every interleaving the schedule finds (test/support/election.ts). The engine is the real one, on a disk in memory. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { election, SCHEDULES } from '#test/support/election.ts';
import type { Mutant } from '#test/support/scheduled-root.ts';

describe('two runners and a launcher, dying anywhere', () => {
  const runs = Math.ceil(SCHEDULES / 2);
  test(`no message is lost, doubled or answered twice in ${runs} schedules`, async () => {
    await fc.assert(election('none'), { numRuns: runs, endOnFailure: true });
  });

  const controls: Mutant[] = ['no-link', 'sweep-open', 'submitted-only', 'no-transcript', 'no-intent'];
  test.each(controls)('the control "%s" breaks an invariant', async mutant => {
    const outcome = await fc.check(election(mutant), { numRuns: runs, endOnFailure: true });
    expect(outcome.failed).toBe(true);
  });
});
