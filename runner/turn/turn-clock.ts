/** The time that a turn has used: it stands still while claude waits for a person. */
import type { Clock } from '#blackboard/system/clock.ts';

export interface TurnClock {
  asks(isAsking: boolean): void;
  /** Resolves when so many milliseconds have been used, or one of the signals aborts. */
  passed(ms: number, signal: AbortSignal): Promise<void>;
}

export function createTurnClock(clock: Pick<Clock, 'monotonicMs' | 'sleep'>): TurnClock {
  let usedMs = 0;
  let runsSinceMs: number | null = clock.monotonicMs();
  let changed = new AbortController();
  const used = () => usedMs + (runsSinceMs === null ? 0 : clock.monotonicMs() - runsSinceMs);
  return {
    asks(isAsking) {
      usedMs = used();
      runsSinceMs = isAsking ? null : clock.monotonicMs();
      changed.abort();
      changed = new AbortController();
    },
    async passed(ms, signal) {
      while (!signal.aborted && used() < ms) {
        const change = changed.signal;
        await clock.sleep(runsSinceMs === null ? ASKING_LOOK_MS : ms - used(), change, signal);
      }
    },
  };
}

/** A wait that only a change ends, in pieces that any timer takes. */
const ASKING_LOOK_MS = 60 * 60_000;
