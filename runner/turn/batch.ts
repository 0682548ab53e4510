/** Chooses what one turn works on. Pure: from heads of messages to a batch and its riders. */

import type { Message, MessageKind } from '#blackboard/messages/message.ts';
import { byAge, byUrgency, type MessageName } from '#blackboard/messages/message-name.ts';
import { limits } from '#blackboard/system/limits.ts';

export interface Candidate {
  name: MessageName;
  message: Message;
}

export interface Batch {
  /** Messages of one sender and one thread, oldest first: the turn's work. Empty: no turn. */
  work: Candidate[];
  /** Messages that want no reply; they go along so that the agent knows of them. */
  riders: Candidate[];
  /** Expired messages; they are buried before anything else is done. */
  expired: Candidate[];
  /** When the first of the others expires, Unix milliseconds; null: none of them does. */
  expiresMs: number | null;
  /** There is no other work than what has low priority, and that waits. */
  isLowHeld?: true;
}

/**
 * One of this many turns takes the oldest message first, whatever its priority, so that low ones do not starve. Which
 * turn it is has no period: otherwise every fifth could always be the one that writes a hand-off note
 * (rotateAfterTurns: 4).
 */
export const orderOfTurn = (turn: number) =>
  (turn * GOLDEN_RATIO) % 1 < 1 / limits.oldestFirstEvery ? byAge : byUrgency;

/** Multiples of it spread evenly over [0, 1), and so do those of any arithmetic progression. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/** `candidates` in the order of urgency. `turnOn`: the kinds that start a turn. `holdsLow`: not with a low priority. */
export function chooseBatch(
  all: readonly Candidate[],
  options: { batch: 'thread' | 'one'; turnOn: readonly MessageKind[]; nowMs: number; holdsLow?: boolean },
): Batch {
  const expired = all.filter(({ message }) => message.expiresAt && Date.parse(message.expiresAt) <= options.nowMs);
  const candidates = all.filter(candidate => !expired.includes(candidate));
  const isWork = (candidate: Candidate) => options.turnOn.includes(candidate.message.kind);
  const startsTurn = (candidate: Candidate) =>
    isWork(candidate) && !(options.holdsLow && candidate.name.priority === 'low');
  const first = candidates.find(startsTurn);
  const riders = candidates.filter(candidate => !isWork(candidate)).slice(0, limits.riderMessagesMax);
  const expiries = candidates.flatMap(({ message }) => (message.expiresAt ? [Date.parse(message.expiresAt)] : []));
  const expiresMs = expiries.length === 0 ? null : Math.min(...expiries);
  if (!first)
    return { work: [], riders, expired, expiresMs, ...(candidates.some(isWork) ? { isLowHeld: true as const } : {}) };
  const work = [first];
  if (options.batch === 'thread' && !first.name.alone && first.message.thread !== undefined) {
    let bytes = first.message.body.length;
    for (const other of candidates) {
      if (other === first || other.name.alone || !startsTurn(other) || !sameThread(first, other)) continue;
      bytes += other.message.body.length;
      if (work.length >= limits.batchMessagesMax || bytes > limits.batchBytesMax) break;
      work.push(other);
    }
  }
  return { work, riders, expired, expiresMs };
}

/**
 * An answer goes to one sender, in one thread: nothing else may share its turn. Without a thread, a message is alone.
 */
const sameThread = (a: Candidate, b: Candidate): boolean =>
  a.message.from === b.message.from &&
  a.message.fromId === b.message.fromId &&
  a.message.thread === b.message.thread &&
  a.message.kind === b.message.kind;
