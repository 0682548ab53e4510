/**
 * The one loop of everything that a runner does in the background. Every hint and every timer does the same thing: look. At most one
 * look runs at a time, however many hints come; a look that fails is tried again, less and less often.
 */
import { firstAbort } from '#blackboard/system/abort-any.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import { limits } from '#blackboard/system/limits.ts';

/** What runs in the background between start and disposal (test/unit/runner/background.test.ts holds every one to this contract). */
export interface BackgroundService extends AsyncDisposable {
  /** It looks, now and from now on. A second time, or after its end, nothing happens. */
  start(): void;
  /** Something may have changed: a wait ends at once; during a look, one more look follows it. Cheap at any time. */
  hint(): void;
  /** Ends it: waits end at once, a look that runs is told to end and is waited for. Never rejects. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface LookLoop extends BackgroundService {
  /** Asks it to end, and does not wait. A look may call it. */
  stop(): void;
  /** Resolves when it has ended. */
  readonly over: Promise<void>;
}

/** What a look is told. */
export interface Looking {
  /** The loop is to end. */
  ending: AbortSignal;
  /** A hint has come since this look began. */
  hinted: AbortSignal;
  /** Looks that have failed, one after the other, before this one. */
  failures: number;
}

/** The reason of its signal: without one, each hint would make an exception. */
const HINT = 'a hint';

/** Milliseconds before the next try after so many failures in a row. */
const backOffMs = (failures: number): number =>
  Math.min(limits.errorMaxMs, limits.errorFirstMs * 2 ** Math.min(failures, 10));

export function createLookLoop(options: {
  clock: Clock;
  /**
   * Looks once. Milliseconds until the next look that nobody asks for; 0: at once; Infinity: only a hint brings one; null: this look
   * says nothing of an earlier fault, which counts on.
   */
  look(looking: Looking): Promise<number | null>;
  /** A look failed, for that many times in a row. Must not throw. */
  onError(error: unknown, failures: number): void;
  onWell?(): void;
  /** Looks once more when it ends: what came before the end is seen. */
  looksAtEnd?: boolean;
}): LookLoop {
  const ending = new AbortController();
  let hinted = new AbortController();
  let failures = 0;
  let hasStarted = false;
  let markOver = () => {};
  const over = new Promise<void>(resolve => {
    markOver = resolve;
  });

  async function look(): Promise<number> {
    hinted = new AbortController();
    try {
      const waitMs = await options.look({ ending: ending.signal, hinted: hinted.signal, failures });
      if (waitMs === null) return failures === 0 ? 0 : backOffMs(failures);
      failures = 0;
      options.onWell?.();
      return waitMs;
    } catch (error) {
      options.onError(error, ++failures);
      return backOffMs(failures);
    }
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      const waitMs = await look();
      if (ending.signal.aborted) break;
      if (waitMs === Number.POSITIVE_INFINITY) await firstAbort(hinted.signal, ending.signal);
      else if (waitMs > 0) await options.clock.sleep(waitMs, hinted.signal, ending.signal);
    }
    if (options.looksAtEnd) await look();
  }

  const stop = (): void => {
    ending.abort();
    if (!hasStarted) markOver();
  };
  return {
    over,
    start() {
      if (hasStarted || ending.signal.aborted) return;
      hasStarted = true;
      void run().finally(markOver);
    },
    hint: () => hinted.abort(HINT),
    stop,
    async [Symbol.asyncDispose]() {
      stop();
      await over;
    },
  };
}
