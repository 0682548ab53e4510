/**
 * The first of several AbortSignals, without AbortSignal.any: its result stays with a long-lived AbortSignal (Node 20).
 */

/**
 * Calls `act` once, when the first of them aborts, or at once if one has. Returns a function that removes the
 * listeners.
 */
export function onFirstAbort(signals: readonly AbortSignal[], act: () => void): () => void {
  const leave = () => {
    for (const signal of signals) signal.removeEventListener('abort', first);
  };
  function first() {
    leave();
    act();
  }
  if (signals.some(({ aborted }) => aborted)) act();
  else for (const signal of signals) signal.addEventListener('abort', first);
  return leave;
}

/** Resolves when the first of them aborts. */
export const firstAbort = (...signals: AbortSignal[]): Promise<void> =>
  new Promise(resolve => onFirstAbort(signals, resolve));
