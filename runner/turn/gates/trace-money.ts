/**
 * Money is inherited: what a message causes (the messages that its turns send, the replies to them) counts against the budget of the
 * message that began the chain. Its budget is `perTraceUsd` of config.yaml or what its head says, whichever is less.
 */
import { leastBudget, type Message } from '#blackboard/messages/message.ts';
import { type Clock, DAY_MS, localDay } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { createSpendingReader } from '#blackboard/turns/spending.ts';

export interface TraceMoney {
  budgetUsd: number;
  /** What is certain of the costs of the last days. */
  spentUsd: number;
}

/** Reads nothing where no budget bounds the chain. */
export function createTraceMoney(
  files: Files,
  root: string,
  clock: Pick<Clock, 'nowMs'>,
  perTraceUsd: number | undefined,
): (message: Pick<Message, 'trace' | 'budgetUsd'>) => Promise<TraceMoney | null> {
  const spending = createSpendingReader(files, root, limits.traceDays + 1);
  return async ({ trace, budgetUsd: own }) => {
    const budgetUsd = leastBudget(perTraceUsd, own);
    if (budgetUsd === undefined) return null;
    const nowMs = clock.nowMs();
    const days = Array.from({ length: limits.traceDays }, (_, before) => localDay(nowMs - before * DAY_MS));
    let spentUsd = 0;
    for (const day of new Set(days)) spentUsd += (await spending(day)).byTrace?.get(trace) ?? 0;
    return { budgetUsd, spentUsd };
  };
}

/** Why a message of it starts no turn any more. */
export const overTraceText = ({ budgetUsd, spentUsd }: TraceMoney, trace: string): string =>
  `its chain of messages has cost $${spentUsd.toFixed(2)} of $${budgetUsd.toFixed(2)} (perTraceUsd in config.yaml, send --budget-usd); what was spent where: agent-runner costs --trace ${shortId(trace)}`;
