/**
 * The names in `new`, as they were last listed. Listing and sorting a deep queue costs more than everything else in a
 * turn, so a listing is used for a few times as long as it took: then a deep queue takes a tenth of the time and not
 * most of it. A name that is gone is found to be gone; a new one is seen with the next listing.
 */

import { type MessageName, readListing } from '#blackboard/messages/message-name.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { orderOfTurn, TURN_ORDERS } from '#runner/turn/batch.ts';

/** The kept part of a deep queue's listing. */
interface Listing {
  /** By the order, its first names. */
  firsts: Map<Order, readonly MessageName[]>;
  foreign: readonly string[];
  atMs: number;
  costMs: number;
}

type Order = (a: MessageName, b: MessageName) => number;

/** If all have one priority, every order is that of age. */
const inOrder = (byAge: readonly MessageName[], order: Order): readonly MessageName[] =>
  byAge.every(({ priority }) => priority === byAge[0]!.priority) ? byAge : [...byAge].sort(order);

export interface QueueView {
  /** Messages in the order of that turn; of an old listing only the first ones. isFresh: just read, and all of them. */
  names(turn: number): Promise<{ names: readonly MessageName[]; isFresh: boolean }>;
  /** Names that are not messages. */
  foreign(): Promise<readonly string[]>;
  /** The next listing is read from disk again. */
  forget(): void;
}

export function createQueueView(
  files: Pick<Files, 'list'>,
  directory: string,
  monotonicMs: () => number = () => performance.now(),
): QueueView {
  let kept: Listing | null = null;

  const isOld = ({ atMs, costMs }: Listing): boolean => monotonicMs() - atMs >= limits.deepQueueReuse * costMs;

  const list = async (): Promise<{ byAge: readonly MessageName[]; foreign: readonly string[] }> => {
    const fromMs = monotonicMs();
    const { names: byAge, foreign } = readListing(await files.list(directory));
    const atMs = monotonicMs();
    kept = byAge.length < limits.deepQueue ? null : { firsts: new Map(), foreign, atMs, costMs: atMs - fromMs };
    for (const order of kept ? TURN_ORDERS : [])
      kept!.firsts.set(order, inOrder(byAge, order).slice(0, limits.deepQueueKept));
    return { byAge, foreign };
  };

  return {
    async names(turn) {
      const order = orderOfTurn(turn);
      if (kept && !isOld(kept)) return { names: kept.firsts.get(order)!, isFresh: false };
      return { names: inOrder((await list()).byAge, order), isFresh: true };
    },
    foreign: async () => (kept && !isOld(kept) ? kept.foreign : (await list()).foreign),
    forget() {
      kept = null;
    },
  };
}
