/** What a verb that only reads returns, kept fresh while it is shown. */
import { useEffect, useState } from 'preact/hooks';
import { type Refusal, verb } from './server.ts';
import { leaveSession, refusalOf } from './state.ts';

export interface Reading<Result> {
  value: Result | null;
  error: Refusal | null;
  again(): void;
}

/** The last of each: a view that opens again shows it at once, and reads it again behind. */
const kept = new Map<string, unknown>();
const KEPT_MAX = 200;

/** `fresh`: another value reads it again; `everyMs`: also after that time, while the page can be seen. */
export function useRead<Result>(
  name: string,
  given: object,
  { fresh, everyMs, isOff = false }: { fresh?: unknown; everyMs?: number; isOff?: boolean } = {},
): Reading<Result> {
  const key = `${name} ${JSON.stringify(given)}`;
  const [state, setState] = useState<{ key: string; error: Refusal | null }>({ key, error: null });
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (isOff) return;
    let isOver = false;
    const read = async () => {
      try {
        const value = await verb<Result>(name, given);
        if (kept.size >= KEPT_MAX) kept.delete(kept.keys().next().value!);
        const isSame = JSON.stringify(kept.get(key)) === JSON.stringify(value);
        if (!isSame) kept.set(key, value);
        if (!isOver)
          setState(before => (isSame && before.key === key && !before.error ? before : { key, error: null }));
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal.code === 'no-session') leaveSession(refusal);
        else if (!isOver) setState({ key, error: refusal });
      }
    };
    // Several changes come at once.
    const soon = setTimeout(read, kept.has(key) ? 150 : 0);
    const timer =
      everyMs === undefined
        ? undefined
        : setInterval(() => document.visibilityState === 'visible' && void read(), everyMs);
    return () => {
      isOver = true;
      clearTimeout(soon);
      clearInterval(timer);
    };
  }, [key, fresh, count, isOff]);
  return {
    value: (kept.get(key) as Result | undefined) ?? null,
    error: state.key === key ? state.error : null,
    again: () => setCount(before => before + 1),
  };
}
