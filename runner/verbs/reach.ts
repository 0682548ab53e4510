/** When a message that was just delivered will be read: now, with the peer's next turn, or when it is back; and the proof of that. */
import { agentLayout, turnLayout } from '#blackboard/layout.ts';
import type { Peer } from '#blackboard/peers/peer-kind.ts';
import { sessionFacts } from '#blackboard/peers/sessions.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';
import { isClosed } from '#blackboard/turns/turns.ts';
import { registryStatus } from '#hooks/claude/session-status.ts';
import { liveRunner } from '#runner/agents/agent-lock.ts';
import type { Reach } from '#runner/results/messages.ts';
import type { Notified } from '#runner/wake/client.ts';
import { turnOfSignal } from '#runner/wake/signal-proof.ts';

/** `woken`: what its wake socket said; null: it was not asked. `waits`: why nobody works on it now. */
export async function reachOf(
  files: Files,
  root: string,
  peer: Peer,
  { woken, waits }: { woken: Notified | null; waits: string | null },
): Promise<Reach> {
  if (peer.kind.isPerson) return { when: 'back', proof: 'a person reads it with: agent-runner inbox' };
  return peer.kind.takesTurns ? ofAgent(files, root, peer.name, waits) : ofSession(files, root, peer, woken);
}

async function ofAgent(files: Files, root: string, name: string, waits: string | null): Promise<Reach> {
  if (waits !== null) return { when: 'back', proof: waits };
  const layout = agentLayout(root, name);
  const runner = await liveRunner(layout);
  if (!runner) return { when: 'back', proof: 'nobody runs it just now' };
  const newest = await latestTurn(files, layout.turns);
  if (newest > 0 && !(await isClosed(files, turnLayout(layout.turns, newest))))
    return { when: 'next-turn', proof: `turn ${newest} is open, and may have taken it already` };
  return { when: 'now', proof: `its runner (pid ${runner.identity.pid}) is up, and no turn is open` };
}

async function ofSession(files: Files, root: string, { id = '' }: Peer, woken: Notified | null): Promise<Reach> {
  const facts = await sessionFacts(files, root, id, systemClock.nowMs(), registryStatus);
  const state = facts?.state ?? 'dead';
  if (state === 'ended' || state === 'dead')
    return { when: 'back', proof: `the session is ${state}${facts?.detail ? `: ${facts.detail}` : ''}` };
  const signal = woken && 'id' in woken ? woken.id : null;
  const told =
    signal === null
      ? null
      : await turnOfSignal({ files, root, peer: id, id: signal, waitMs: limits.sendProofMs, clock: systemClock });
  if (told !== null) return { when: 'now', proof: `it was woken: its prompt ${told} was told of it` };
  const why = signal === null ? 'nothing wakes it for this' : 'nothing proves that it was woken';
  return {
    when: 'next-turn',
    proof: `the session is ${state}, and ${state === 'busy' ? 'shows it at its next prompt' : why}`,
  };
}
