/** A future time on the command line: `at`, `--not-before`, `--expires`. Pure. */
import { usageError } from '#blackboard/system/errors.ts';
import { instantOf, LAST_INSTANT_MS, WHEN_FORMS } from '#blackboard/text/when.ts';

/**
 * Unix milliseconds of an instant that is still to come. Throws a usage error that names `what` (a flag or argument) for any
 * other text, and for an instant that has passed. `day`: see `instantOf`.
 */
export function parseWhen(what: string, text: string, nowMs: number, day: 'begins' | 'ends' = 'begins'): number {
  const atMs = instantOf(text, nowMs, day);
  const shown = JSON.stringify(text.slice(0, 80));
  if (atMs === null) throw usageError(`expected ${what} to be a time to come, got ${shown}`, `Write ${WHEN_FORMS}.`);
  if (atMs <= nowMs) throw usageError(`expected ${what} to be a time to come, and ${shown} has passed`);
  if (atMs > LAST_INSTANT_MS) throw usageError(`expected ${what} to be before the year 10000, got ${shown}`);
  return atMs;
}
