/** A value that several parts of the page follow. Pure. */

export interface Store<Value> {
  get(): Value;
  /** Tells those who follow, unless it is the same. */
  set(next: Value): void;
  /** Returns how to stop. */
  follow(heard: () => void): () => void;
}

export function createStore<Value>(first: Value): Store<Value> {
  let value = first;
  const followers = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const heard of [...followers]) heard();
    },
    follow(heard) {
      followers.add(heard);
      return () => void followers.delete(heard);
    },
  };
}
