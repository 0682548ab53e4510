/** Ends an agent's turn with its messages, or one message. They end dead (cancelled). */
import { agentLayout } from '#blackboard/layout.ts';
import { mayBeMessageId, requireMessage } from '#blackboard/peers/known-message.ts';
import { findPeer, unknownPeer } from '#blackboard/peers/peers.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { notRunningError, temporaryError, tooLateError } from '#blackboard/system/errors.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Ended } from '#blackboard/turns/turn-records.ts';
import { liveRunner } from '#runner/agents/agent-lock.ts';
import { callerOf } from '#runner/agents/caller.ts';
import type { Cancel } from '#runner/results/messages.ts';
import { readBlocker, stateSource } from '#runner/status/agent-facts.ts';
import { isSwitchedOff } from '#runner/status/blockers.ts';
import { type Canceller, cancelMessage, cancelTurn } from '#runner/turn/cancelling.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { resolveSelf } from '#runner/verbs/sender.ts';

/**
 * `what`: an agent, or a message's id or its beginning. Throws 1 if it is too late, 66 if there is no such thing, 69 if no turn
 * of the agent runs, 75 if its runner has not finished it yet.
 */
export async function cancel(context: VerbContext, { what }: { what: string }): Promise<Cancel> {
  const { files, root, env } = context;
  const by = (await callerOf(files, root, env)).peer;
  const isRun = async (agent: string) => (await liveRunner(agentLayout(root, agent))) !== null;
  const canceller: Canceller = { files, root, clock: systemClock, by, isRun };
  const name = await resolveSelf(files, root, env, what);
  const peer = await findPeer(files, root, name);
  if (peer?.kind.takesTurns) return cancelOfAgent(canceller, peer.name);
  if (mayBeMessageId(what)) return cancelOfMessage(context, canceller, what);
  throw await unknownPeer(files, root, name);
}

async function cancelOfAgent(canceller: Canceller, name: string): Promise<Cancel> {
  const cancelled = await cancelTurn(canceller, agentLayout(canceller.root, name));
  switch (cancelled.kind) {
    case 'nothing-runs':
      throw notRunningError(
        `no turn of ${name} runs`,
        'To cancel a message that waits: agent-runner cancel <message-id>',
      );
    case 'stopped':
      return stopped(name, null, cancelled);
    case 'finished': {
      const { turn, ended } = cancelled;
      const { verdict, messages } = ended;
      if (verdict.kind !== 'cancelled') {
        const how =
          verdict.kind === 'answered' ? 'already answered' : `already ended: ${printableLine(verdict.reason)}`;
        throw tooLateError(`turn ${turn} of ${name} had ${how}`);
      }
      const dead = messages.filter(({ disposition }) => disposition.do === 'bury').map(({ id }) => id);
      return { agent: name, message: null, turn, dead, isFinished: true, ...bookedOf(ended) };
    }
  }
}

async function cancelOfMessage(context: VerbContext, canceller: Canceller, typed: string): Promise<Cancel> {
  const { id, peer, ...known } = await requireMessage(canceller.files, canceller.root, typed);
  const cancelled = await cancelMessage(canceller, { id, peer, ...known });
  switch (cancelled.kind) {
    case 'dead':
      return { agent: peer, message: id, turn: null, dead: [id], isFinished: true, ...bookedOf(cancelled.ended) };
    case 'over': {
      const { outcome } = cancelled;
      const how = {
        replied: 'already answered',
        done: 'already done',
        dead: `already dead: ${printableLine(outcome?.reason ?? '')}`,
      };
      throw tooLateError(`message ${shortId(id)} is ${outcome ? how[outcome.outcome] : 'no longer there'}`);
    }
    case 'stopped':
      return stopped(peer, id, cancelled);
    case 'stopping':
      throw temporaryError(
        `turn ${cancelled.turn} of ${peer} was told to stop before (${cancelled.reason}), and nobody runs ${peer} to finish it`,
        `Run it, then cancel again: ${await howToRun(context, peer)}`,
      );
  }
}

async function howToRun({ files, root, env }: VerbContext, name: string): Promise<string> {
  const blocker = await readBlocker(stateSource(root, files, env, Date.now()), name);
  return (blocker && isSwitchedOff(blocker) && blocker.next) || `agent-runner start ${name}`;
}

/** The turn was told to stop, but nobody has finished it. */
function stopped(
  agent: string,
  message: string | null,
  { turn, hasRunner }: { turn: number; hasRunner: boolean },
): Cancel {
  const what = message ? `message ${shortId(message)} in turn ${turn} of ${agent}` : `turn ${turn} of ${agent}`;
  if (hasRunner)
    throw temporaryError(`${what} is told to stop, but its runner has not finished it yet`, 'Look again in a moment.');
  return { agent, message, turn, dead: message ? [message] : [], isFinished: false, ...bookedOf(undefined) };
}

const bookedOf = (ended: Ended | undefined) => ({
  costUsd: ended?.costUsd ?? null,
  costBasis: ended?.costBasis ?? null,
});
