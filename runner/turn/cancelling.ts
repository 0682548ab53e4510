/** Cancelling: its record is on disk before anything is moved or signalled, so that every finisher obeys it. */

import { locate } from '#blackboard/inbox/locate.ts';
import { type Outcome, readOutcome } from '#blackboard/inbox/outcome.ts';
import { type AgentLayout, agentLayout, type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import type { KnownMessage } from '#blackboard/peers/known-message.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readEnded } from '#blackboard/turns/long-answer.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';
import type { Ended } from '#blackboard/turns/turn-records.ts';
import { isClosed, isOver, readStop } from '#blackboard/turns/turns.ts';
import { requireInSight } from '#runner/claude/child-elsewhere.ts';
import { type Burier, buryWaiting, finishBurial } from '#runner/turn/burial.ts';
import { stopTurn } from '#runner/turn/supervise-child.ts';

export interface Canceller extends Burier {
  /** Whether a live runner runs the agent: it finishes what is stopped. */
  isRun(agent: string): Promise<boolean>;
}

/** What became of an agent's turn. */
export type TurnCancelled =
  | { kind: 'nothing-runs' }
  /** Stopped, but not finished yet: there is no runner, or it takes its time. */
  | { kind: 'stopped'; turn: number; hasRunner: boolean }
  | { kind: 'finished'; turn: number; ended: Ended };

/** Stops the agent's open turn: all its messages end dead, unless it has already answered. */
export async function cancelTurn(canceller: Canceller, layout: AgentLayout): Promise<TurnCancelled> {
  const { files, clock, by } = canceller;
  const turn = await openTurn(files, layout);
  if (!turn) return { kind: 'nothing-runs' };
  await requireInSight(files, turn);
  await stopTurn(files, clock, turn, { reason: 'cancelled', by }, () => canceller.isRun(layout.name));
  const { number } = turn;
  if (!(await canceller.isRun(layout.name))) return { kind: 'stopped', turn: number, hasRunner: false };
  await until(clock, () => isClosed(files, turn));
  const ended = (await isClosed(files, turn)) ? await readEnded(files, turn) : null;
  return ended ? { kind: 'finished', turn: number, ended } : { kind: 'stopped', turn: number, hasRunner: true };
}

/** The turn without a decision yet, or null. */
async function openTurn(files: Files, layout: AgentLayout): Promise<TurnLayout | null> {
  const last = await latestTurn(files, layout.turns);
  const turn = turnLayout(layout.turns, last);
  if (last === 0 || (await isClosed(files, turn)) || (await files.facts(turn.ended))) return null;
  return turn;
}

/** What became of a message. */
export type MessageCancelled =
  /** `ended`: the turn that was stopped because of it. */
  | { kind: 'dead'; ended?: Ended }
  /** Too late: this is how it ended. null: its file has been removed since. */
  | { kind: 'over'; outcome: Outcome | null }
  /** Its turn is stopped, and the record says that it is cancelled; the runner has not followed yet. */
  | { kind: 'stopped'; turn: number; hasRunner: boolean }
  /** Its turn was told to stop earlier, for another reason, and is not finished yet. */
  | { kind: 'stopping'; turn: number; reason: string };

/** Follows the message until it is dead or it is too late: it may be claimed or released meanwhile. */
export async function cancelMessage(canceller: Canceller, known: KnownMessage): Promise<MessageCancelled> {
  const { files, clock } = canceller;
  const reason = `cancelled by ${canceller.by}`;
  let told = 0;
  const step = async (): Promise<MessageCancelled | null> => {
    const place = await locate(files, known.inbox, known.id);
    if (!place) return { kind: 'over', outcome: await readOutcome(files, known.inbox, known.id) };
    if (place.state === 'done') return { kind: 'over', outcome: await readOutcome(files, known.inbox, known.id) };
    if (place.state === 'dead') return finishBurial(canceller, known, place, { reason });
    const turn = place.turn === null ? null : turnLayout(agentLayout(canceller.root, known.peer).turns, place.turn);
    if (!turn || (await isOver(files, turn))) return buryWaiting(canceller, known, place, { reason });
    if (told === turn.number || (await files.facts(turn.ended))) return null;
    await requireInSight(files, turn);
    await stopTurn(files, clock, turn, { reason: 'cancelled', by: canceller.by, messages: [known.id] }, () =>
      canceller.isRun(known.peer),
    );
    told = turn.number;
    return (await canceller.isRun(known.peer)) ? null : stoppedAlone(files, turn, known.id);
  };
  const result = await until(clock, step);
  const turn = told === 0 ? null : turnLayout(agentLayout(canceller.root, known.peer).turns, told);
  const ended = result?.kind === 'dead' && turn ? await readEnded(files, turn) : null;
  if (ended) return { kind: 'dead', ended };
  return result ?? { kind: 'stopped', turn: told, hasRunner: true };
}

async function stoppedAlone(files: Files, turn: TurnLayout, id: string): Promise<MessageCancelled> {
  const stop = await readStop(files, turn);
  const isMeant = stop?.reason === 'cancelled' && (stop.messages?.includes(id) ?? true);
  return isMeant
    ? { kind: 'stopped', turn: turn.number, hasRunner: false }
    : { kind: 'stopping', turn: turn.number, reason: stop?.reason ?? 'unknown' };
}

const lookMs = 25;

/** Repeats `look` until it returns something, at most for `limits.cancelWaitMs`; then null. */
async function until<T>(clock: Clock, look: () => Promise<T | null | false>): Promise<T | null> {
  const untilMs = clock.monotonicMs() + limits.cancelWaitMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== false) return found;
    if (clock.monotonicMs() >= untilMs) return null;
    await clock.sleep(lookMs);
  }
}
