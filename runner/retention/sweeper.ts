/** Sweeps from time to time, a little at a time: in between, the caller does its own work. */
import type { Clock } from '#blackboard/system/clock.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { About, Complain } from '#runner/events/complaints.ts';

/**
 * A sweep at the first call and once an hour. Each call does a few steps, fewer where calls follow each other closely, and says whether there is more; it never
 * rejects: what could not be removed is reported, and tried again an hour later.
 */
export function createSweeper(options: {
  clock: Clock;
  /** Whose old files they are. */
  about: About;
  sweep(): AsyncGenerator<void>;
  complain: Complain;
}): () => Promise<boolean> {
  const { clock, about, complain } = options;
  let dueMs = Number.NEGATIVE_INFINITY;
  let sweep: AsyncGenerator<void> | null = null;
  let endedMs = clock.monotonicMs();
  return async () => {
    if (!sweep && clock.monotonicMs() < dueMs) return false;
    sweep ??= options.sweep();
    const beganMs = clock.monotonicMs();
    // Beside turns that follow each other at once, a tenth of the time.
    const untilMs = beganMs + (beganMs - endedMs) / limits.sweepPart;
    try {
      for (let step = 0; step === 0 || (step < limits.sweepAtOnce && clock.monotonicMs() <= untilMs); step++) {
        if (!(await sweep.next()).done) continue;
        complain(about, null);
        return rest();
      }
      return true;
    } catch (error) {
      complain(about, `old files could not be removed: ${reasonOf(error)}`);
      return rest();
    } finally {
      endedMs = clock.monotonicMs();
    }
  };

  function rest(): false {
    sweep = null;
    dueMs = clock.monotonicMs() + limits.sweepEveryMs;
    return false;
  }
}
