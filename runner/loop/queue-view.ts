/**
 * The names in `new`, as they were listed last. Listing and sorting a deep queue costs more than all else that a turn does,
 * so it may be old by a few times what it cost: then a deep queue takes a tenth of the time and not most of it. What a
 * view still names and is gone is found to be gone; what is not in it yet is there the next time.
 */
import type { Files } from '../../blackboard/files.ts';
import { foreignNames } from '../../blackboard/inbox/deliver.ts';
import { limits } from '../../blackboard/limits.ts';
import { type MessageName, sortMessageNames } from '../../blackboard/message-name.ts';
import { orderOfTurn, TURN_ORDERS } from '../turn/batch.ts';

/** What is kept of a listing of a deep queue. */
interface Kept {
  /** By the order, its first names. */
  firsts: Map<(a: MessageName, b: MessageName) => number, readonly MessageName[]>;
  foreign: readonly string[];
  atMs: number;
  costMs: number;
}

export interface QueueView {
  /** Messages in the order of that turn; of an old listing only the first ones. isFresh: read just now, all of them. */
  names(turn: number): Promise<{ names: readonly MessageName[]; isFresh: boolean }>;
  /** Names that are no message's. */
  foreign(): Promise<readonly string[]>;
  /** The next one is read anew. */
  forget(): void;
}

export function createQueueView(
  files: Pick<Files, 'list'>,
  directory: string,
  monotonicMs: () => number = () => performance.now(),
): QueueView {
  let kept: Kept | null = null;

  const isOld = ({ atMs, costMs }: Kept): boolean => monotonicMs() - atMs >= limits.deepQueueReuse * costMs;

  const list = async (): Promise<{ byAge: MessageName[]; foreign: readonly string[] }> => {
    const fromMs = monotonicMs();
    const listing = await files.list(directory);
    const byAge = sortMessageNames(listing);
    const foreign = foreignNames(listing);
    const atMs = monotonicMs();
    kept = byAge.length < limits.deepQueue ? null : { firsts: new Map(), foreign, atMs, costMs: atMs - fromMs };
    for (const order of kept ? TURN_ORDERS : [])
      kept!.firsts.set(order, [...byAge].sort(order).slice(0, limits.deepQueueKept));
    return { byAge, foreign };
  };

  return {
    async names(turn) {
      const order = orderOfTurn(turn);
      if (kept && !isOld(kept)) return { names: kept.firsts.get(order)!, isFresh: false };
      return { names: (await list()).byAge.sort(order), isFresh: true };
    },
    foreign: async () => (kept && !isOld(kept) ? kept.foreign : (await list()).foreign),
    forget() {
      kept = null;
    },
  };
}
