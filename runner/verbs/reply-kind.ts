/**
 * The kind of a reply, by its recipient. When the operator replies to an agent's answer or question, that is work: a
 * request, which starts a turn and gets an answer. Among agents an answer stays an answer, which starts no turn, so
 * that they do not talk for ever. Pure.
 */
import type { PeerKind } from '#blackboard/peers/peer-kind.ts';
import { limits } from '#blackboard/system/limits.ts';

type Traits = Pick<PeerKind, 'isPerson' | 'takesTurns'>;

export interface ReplyBetween {
  from: Traits;
  to: Traits;
  /** A live `ask` of the recipient waits for it. */
  isAwaited: boolean;
  /** Of the message that is answered. */
  hops: number;
}

/**
 * A person starts a new chain; a session's reply counts a hop, and is an answer if the chain is too long. It wakes no
 * session, which may be a model that answers as well.
 */
export function replyAs({ from, to, isAwaited, hops }: ReplyBetween): { kind: 'answer' | 'request'; hops: number } {
  const answer = { kind: 'answer', hops: hops + 1 } as const;
  if (isAwaited || to.isPerson) return answer;
  if (from.isPerson) return { kind: 'request', hops: 0 };
  return !from.takesTurns && to.takesTurns && answer.hops <= limits.hopsMax ? { ...answer, kind: 'request' } : answer;
}
