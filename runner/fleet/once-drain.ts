/** With --once: an agent that has nothing to do rests until no other has, because a turn of one may write to another. Pure. */

/** One agent's part in it. */
export interface Participant {
  /** A look begins: it will see all that was done before. */
  look(): void;
  /** It did something that may have given others work. */
  worked(): void;
  /** It has nothing to do. true: nobody has, the end; false: look again, at the latest when `again` resolves. */
  rest(again: Promise<void>): Promise<boolean>;
  /** It takes no further part. */
  leave(): void;
}

export interface Rest {
  join(): Participant;
  /** All agents that there are have joined: from now on there may be an end. */
  begin(): void;
}

interface State {
  /** Work done by all when its newest look began. */
  seen: number;
  /** Set while it rests. */
  wake: ((isEnd: boolean) => void) | null;
}

/** It is the end when all rest, and each has looked since the last work was done: then nothing can be left to find. */
export function createRest(): Rest {
  const states = new Set<State>();
  let work = 0;
  let hasBegun = false;

  const wake = (state: State, isEnd: boolean) => {
    state.wake?.(isEnd);
    state.wake = null;
  };
  const decide = () => {
    const all = [...states];
    if (!hasBegun || all.some(state => state.wake === null)) return;
    const stale = all.filter(({ seen }) => seen !== work);
    for (const state of stale.length > 0 ? stale : all) wake(state, stale.length === 0);
  };

  return {
    begin() {
      hasBegun = true;
      decide();
    },
    join() {
      const state: State = { seen: -1, wake: null };
      states.add(state);
      return {
        look: () => {
          state.seen = work;
        },
        worked: () => {
          work++;
        },
        rest: again =>
          new Promise(resolve => {
            state.wake = resolve;
            // Late for a rest that is over, and then nobody listens; a later rest of the same agent only looks once more.
            void again.then(() => wake(state, false));
            decide();
          }),
        leave: () => {
          states.delete(state);
          decide();
        },
      };
    },
  };
}
