/** The other half of the schedules of election.test.ts, for a worker of their own (test/support/election.ts). The engine is the real one, on a disk in memory. */
import fc from 'fast-check';
import { test } from 'vitest';
import { election, SCHEDULES } from '#test/support/election.ts';

const runs = Math.floor(SCHEDULES / 2);

test(`no message is lost, doubled or answered twice in ${runs} further schedules`, async () => {
  await fc.assert(election('none'), { numRuns: runs, endOnFailure: true });
});
