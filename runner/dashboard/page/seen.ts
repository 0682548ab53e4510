/** When this person looked at each peer and at the own work last, in this browser. */
import { createStore } from './store.ts';

const KEY = 'agent-runner seen';
const SEEN_MAX = 3_000;

function read(): Readonly<Record<string, string>> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, string>;
  } catch {
    return {};
  }
}

/** By row key, or by the key of a piece of work. */
export const seen = createStore(read());

export const workKey = (id: string): string => `work ${id}`;

/** When this browser opened the page first: what ended before is not new. */
export const firstSeenAt = (): string => seen.get()[FIRST] ?? '';

/** Called once the page is open. */
export function beginSeeing(): void {
  if (firstSeenAt() === '') keep({ ...seen.get(), [FIRST]: new Date().toISOString() });
}

const FIRST = 'first';

function keep(next: Readonly<Record<string, string>>): void {
  seen.set(next);
  localStorage.setItem(KEY, JSON.stringify(next));
}

/** `at`: of the newest that was shown. */
export function look(key: string, at: string): void {
  const times = seen.get();
  if ((times[key] ?? '') >= at) return;
  // The oldest go first.
  const kept = Object.entries({ ...times, [key]: at }).sort(([, a], [, b]) => (a < b ? 1 : -1));
  keep({ ...Object.fromEntries(kept.slice(0, SEEN_MAX)), [FIRST]: firstSeenAt() });
}
