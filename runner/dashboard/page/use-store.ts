/** Draws a component again when what it has chosen of a store changes. */
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import type { Store } from './store.ts';

export function useStore<Value, Chosen>(store: Store<Value>, choose: (value: Value) => Chosen): Chosen {
  const [, draw] = useReducer((count: number, _: null) => count + 1, 0);
  const chosen = choose(store.get());
  const now = useRef({ chosen, choose });
  now.current = { chosen, choose };
  useLayoutEffect(() => {
    const look = () => {
      const { chosen: before, choose: current } = now.current;
      if (!Object.is(current(store.get()), before)) draw(null);
    };
    look();
    return store.follow(look);
  }, [store]);
  return chosen;
}
