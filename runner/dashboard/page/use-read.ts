/** What a verb that only reads returns, kept fresh while it is shown. */
import { useEffect, useRef, useState } from 'preact/hooks';
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
/** Milliseconds after a change before it is read again. */
const SOON_MS = 150;

/** `fresh`: another value reads it again; `everyMs`: also after that time, while the page can be seen. */
export function useRead<Result>(
  name: string,
  given: object,
  { fresh, everyMs, isOff = false }: { fresh?: unknown; everyMs?: number; isOff?: boolean } = {},
): Reading<Result> {
  const key = `${name} ${JSON.stringify(given)}`;
  const [state, setState] = useState<{ key: string; error: Refusal | null }>({ key, error: null });
  const [count, setCount] = useState(0);
  const read = useRef(() => {});
  const soon = useRef<ReturnType<typeof setTimeout> | null>(null);
  const lastFresh = useRef(fresh);
  useEffect(() => {
    if (isOff) return;
    let isOver = false;
    let newest = 0;
    const readNow = async () => {
      const mine = ++newest;
      try {
        const value = await verb<Result>(name, given);
        // A later one has been answered already, or will be.
        if (mine !== newest) return;
        if (kept.size >= KEPT_MAX) kept.delete(kept.keys().next().value!);
        const isSame = JSON.stringify(kept.get(key)) === JSON.stringify(value);
        if (!isSame) kept.set(key, value);
        if (!isOver)
          setState(before => (isSame && before.key === key && !before.error ? before : { key, error: null }));
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal.code === 'no-session') leaveSession(refusal);
        else if (!isOver && mine === newest) setState({ key, error: refusal });
      }
    };
    read.current = () => void readNow();
    void readNow();
    const timer =
      everyMs === undefined
        ? undefined
        : setInterval(() => document.visibilityState === 'visible' && void readNow(), everyMs);
    return () => {
      isOver = true;
      read.current = () => {};
      clearInterval(timer);
    };
  }, [key, count, isOff]);
  useEffect(() => {
    if (Object.is(lastFresh.current, fresh)) return;
    lastFresh.current = fresh;
    // Several changes come at once, and in a busy fleet without end: the first of them brings the read, and none puts it off.
    soon.current ??= setTimeout(() => {
      soon.current = null;
      read.current();
    }, SOON_MS);
  }, [fresh]);
  useEffect(() => () => clearTimeout(soon.current ?? undefined), []);
  return {
    value: (kept.get(key) as Result | undefined) ?? null,
    error: state.key === key ? state.error : null,
    again: () => setCount(before => before + 1),
  };
}
