/** A clock that a test sets: time passes only when it says so. */
import { onFirstAbort } from '#blackboard/system/abort-any.ts';
import type { Clock } from '#blackboard/system/clock.ts';

export interface FakeClock extends Clock {
  /** Lets time pass, and wakes anyone who has slept long enough. */
  advance(ms: number): Promise<void>;
  /** Sleeps that have not ended. */
  sleepers(): number;
}

export const NOON = Date.parse('2026-11-21T12:00:00.000Z');

export function createFakeClock(startMs = NOON): FakeClock {
  let nowMs = startMs;
  const sleeping = new Set<{ untilMs: number; wake(): void; leave(): void }>();
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs - startMs,
    sleep(ms, ...signals) {
      return new Promise(resolve => {
        const sleeper = { untilMs: nowMs + ms, wake, leave: () => {} };
        sleeping.add(sleeper);
        function wake() {
          sleeping.delete(sleeper);
          resolve();
        }
        sleeper.leave = onFirstAbort(signals, wake);
      });
    },
    async advance(ms) {
      nowMs += ms;
      for (const sleeper of [...sleeping]) {
        if (sleeper.untilMs > nowMs) continue;
        sleeper.leave();
        sleeper.wake();
      }
      await settled();
    },
    sleepers: () => sleeping.size,
  };
}

/** Lets everything run that waits for nothing but promises. */
export const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
