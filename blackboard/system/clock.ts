/** Time as a port: tests set it. */
import { onFirstAbort } from '#blackboard/system/abort-any.ts';

export interface Clock {
  /** Wall clock, Unix milliseconds: for names, records and people. It may jump. */
  nowMs(): number;
  /** Milliseconds that never run backwards: for every wait and every duration. */
  monotonicMs(): number;
  /** Resolves after `ms`, or at once when one of `signals` aborts. Never rejects. */
  sleep(ms: number, ...signals: AbortSignal[]): Promise<void>;
}

/** The last instant whose ISO 8601 form has a four-digit year: what we write can be read back from 1970 up to then. */
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

export const canBeWrittenDown = (atMs: number): boolean => atMs >= 0 && atMs <= LATEST_MS;

export const systemClock: Clock = {
  // If the clock is set to nonsense while a process runs, what it writes stays readable.
  nowMs: () => Math.min(Math.max(Date.now(), 0), LATEST_MS),
  monotonicMs: () => performance.now(),
  sleep: (ms, ...signals) =>
    new Promise(resolve => {
      const timer = setTimeout(() => {
        leave();
        resolve();
      }, ms);
      const leave = onFirstAbort(signals, () => {
        clearTimeout(timer);
        resolve();
      });
    }),
};

/** One that is 24 hours long. */
export const DAY_MS = 86_400_000;

/** The local calendar day of an instant, `2026-11-21`: budgets and folders go by the user's days. */
export function localDay(atMs: number): string {
  const date = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** An instant with its date, local time: 2026-11-21 06:07:35. */
export const stampText = (atMs: number): string => `${localDay(atMs)} ${new Date(atMs).toTimeString().slice(0, 8)}`;

/** The first instant of the next local day, Unix milliseconds. */
export function nextLocalDay(atMs: number): number {
  const date = new Date(atMs);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime();
}
