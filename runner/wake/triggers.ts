/** An agent's own triggers: they give signals through the same door as everybody, and stop with the runner. */
import { keepSchedule } from './keep-schedule.ts';
import type { TriggerOptions } from './trigger-ports.ts';
import { watchFiles } from './watch-files.ts';

/** Keeps schedule and watch until it is disposed of. What is in agent.md is read anew at each look. */
export function runTriggers(options: TriggerOptions): AsyncDisposable {
  const over = new AbortController();
  const watching = watchFiles(options, over.signal);
  const keeping = keepSchedule(options, over.signal);
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await Promise.all([watching, keeping]);
    },
  };
}
