/** What becomes of each message after a turn, by how it ended. Pure: the rules of docs/guarantees.md, nothing else. */

import { asksForReply } from '#blackboard/messages/message.ts';
import { formatMessageName, type MessageName } from '#blackboard/messages/message-name.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { Disposition, IntentMessage, Verdict } from '#blackboard/turns/turn-records.ts';

export interface AfterTurn {
  turn: number;
  verdict: Verdict;
  /** Messages that share the turn and are its work (riders are not). */
  workCount: number;
  attemptsMax: number;
  /** USD of this turn for each message of its work, and what one may cost in total. */
  shareUsd: number;
  perMessageUsd: number;
  /** The turn's budget was smaller than usual, because little of the day's was left. */
  isRestOfDay?: boolean;
}

/** The message's next state. `name` is the state in which the turn claimed it. */
export function disposeOf(message: IntentMessage, name: MessageName, after: AfterTurn): Disposition {
  const { verdict } = after;
  const seen = { ...name, lastTurn: after.turn };
  if (verdict.kind === 'answered')
    return { do: 'ack', outcome: !message.rider && asksForReply(message.kind) ? 'replied' : 'done' };
  if (verdict.kind === 'void') return releaseAs(name);
  if (verdict.kind === 'expired') return { do: 'bury', reason: verdict.reason };
  if (message.rider && verdict.kind !== 'cancelled') return releaseAs(seen);
  const spentUsd = message.spentUsd + after.shareUsd;
  if (verdict.kind !== 'cancelled' && spentUsd >= after.perMessageUsd)
    return after.workCount > 1
      ? releaseAs({ ...seen, alone: true })
      : {
          do: 'bury',
          reason: `it has cost $${spentUsd.toFixed(2)} without an answer (perMessageUsd); last: ${verdict.reason}`,
        };
  switch (verdict.kind) {
    case 'temporary':
    case 'needs-person':
    case 'session-lost':
    case 'unstarted':
    case 'deferred':
      return releaseAs(seen);
    case 'refused':
      return verdict.blame === 'message' ? failed(seen, after, verdict.reason) : releaseAs(seen);
    case 'interrupted':
      return interrupted(seen, verdict.reason);
    case 'cancelled':
      return verdict.messages && !verdict.messages.includes(message.id)
        ? releaseAs(seen)
        : { do: 'bury', reason: verdict.reason };
    case 'over-budget':
      // The day's budget parks the agent; the message is not at fault.
      if (after.isRestOfDay) return interrupted(seen, verdict.reason);
      return after.workCount > 1 ? releaseAs({ ...seen, alone: true }) : { do: 'bury', reason: verdict.reason };
    case 'too-long':
      return verdict.fresh ? failed(seen, after, verdict.reason) : releaseAs(seen);
    case 'failed':
      return failed(seen, after, verdict.reason);
  }
}

const releaseAs = (name: MessageName): Disposition => ({ do: 'release', name: formatMessageName(name) });

function interrupted(name: MessageName, reason: string): Disposition {
  const interruptions = name.interruptions + 1;
  if (interruptions >= limits.interruptionsMax)
    return { do: 'bury', reason: `interrupted ${interruptions} times, last: ${reason}` };
  return releaseAs({ ...name, interruptions });
}

/** A failure of several messages counts for none: each runs alone, and only a failure alone counts. */
function failed(name: MessageName, after: AfterTurn, reason: string): Disposition {
  if (after.workCount > 1) return releaseAs({ ...name, alone: true });
  const failures = name.failures + 1;
  if (failures >= after.attemptsMax)
    return { do: 'bury', reason: failures === 1 ? reason : `failed ${failures} times, last: ${reason}` };
  return releaseAs({ ...name, failures, alone: true });
}

/**
 * How long an agent waits after its claude ended `count` times in a row before it asked the model; null: it does not
 * wait yet.
 */
export function startHoldMs(count: number, holdAfter: number): number | null {
  if (count < holdAfter) return null;
  return Math.min(limits.startHoldMaxMs, limits.startHoldFirstMs * 2 ** Math.min(count - holdAfter, 20));
}

/** Pause after `level` temporary failures in a row, milliseconds: 1 s doubling to 5 min, less up to a quarter of jitter. */
export function backoffMs(level: number, random: () => number): number {
  const full = Math.min(limits.backoffMaxMs, limits.backoffFirstMs * 2 ** Math.min(level - 1, 20));
  return Math.round(full * (1 - random() / 4));
}
