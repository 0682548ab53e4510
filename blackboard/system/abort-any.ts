/** The first of several signals, without AbortSignal.any: what that makes stays with a signal that lives long (Node 20). */

/** Calls `act` once, when the first of them aborts, at once if one has. Returns what takes the listeners away again. */
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
