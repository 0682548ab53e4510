/** Slots for running turns over all agents of this process. A turn that waits in `ask` lends its slot. */
import type { Clock } from '#blackboard/system/clock.ts';
import { limits } from '#blackboard/system/limits.ts';

export interface Slots {
  /**
   * Waits for a slot for this agent's turn; the returned function gives it back. Never rejects; stops waiting when
   * `signal` aborts (then null).
   */
  take(agent: string, signal: AbortSignal): Promise<(() => void) | null>;
}

/**
 * `isWaiting` says whether an agent's running turn waits for a reply or a person: then its slot is lent. `isShut`: no turn may start,
 * whatever is free.
 */
export function createSlots(
  max: number,
  clock: Clock,
  isWaiting: (agent: string) => Promise<boolean>,
  isShut: () => boolean = () => false,
): Slots {
  const running = new Set<string>();
  let queue: Promise<unknown> = Promise.resolve();
  let freed = new AbortController();

  const isFree = async (): Promise<boolean> => {
    if (isShut()) return false;
    if (running.size < max) return true;
    const waiting = await Promise.all([...running].map(isWaiting));
    return running.size - waiting.filter(Boolean).length < max;
  };

  const takeInTurn = async (agent: string, signal: AbortSignal): Promise<(() => void) | null> => {
    while (!signal.aborted) {
      const change = freed.signal;
      const free = await isFree();
      if (free && !signal.aborted) {
        running.add(agent);
        return () => {
          running.delete(agent);
          freed.abort();
          freed = new AbortController();
        };
      }
      await clock.sleep(limits.slotLookMs, change, signal);
    }
    return null;
  };

  return {
    take(agent, signal) {
      const turn = queue.then(() => takeInTurn(agent, signal));
      queue = turn.catch(() => {});
      return unlessAborted(turn, signal);
    },
  };
}

/** A caller that gives up need not wait for those before it; if it still gets a slot, the slot is given back. */
function unlessAborted(turn: Promise<(() => void) | null>, signal: AbortSignal): Promise<(() => void) | null> {
  return new Promise((resolve, reject) => {
    const giveUp = () => resolve(null);
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    turn.then(giveBack => {
      signal.removeEventListener('abort', giveUp);
      if (signal.aborted) giveBack?.();
      resolve(signal.aborted ? null : giveBack);
    }, reject);
  });
}
