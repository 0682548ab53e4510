/** A loop of the runner beside the agents': every hint and timer does the same thing: look. */
import type { Clock } from '#blackboard/system/clock.ts';
import { limits } from '#blackboard/system/limits.ts';

export interface LookLoop {
  /** Something may have changed. */
  hint(): void;
  /** Looks until `signal` aborts; once more after that. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

export function createLookLoop(options: {
  clock: Clock;
  /** Looks once; milliseconds until the next look that nobody asks for. */
  look(): Promise<number>;
  /** A look failed; it is tried again within a second. */
  onError(error: unknown): void;
  onWell(): void;
}): LookLoop {
  let hinted = new AbortController();

  const lookSafely = async (): Promise<number> => {
    try {
      const waitMs = await options.look();
      options.onWell();
      return waitMs;
    } catch (error) {
      options.onError(error);
      return limits.errorMaxMs;
    }
  };

  return {
    hint: () => hinted.abort(),
    async run(signal) {
      while (!signal.aborted) {
        hinted = new AbortController();
        const waitMs = await lookSafely();
        await options.clock.sleep(waitMs, hinted.signal, signal);
      }
      await lookSafely();
    },
  };
}
