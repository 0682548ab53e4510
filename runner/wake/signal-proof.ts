/** The proof that a signal worked: a turn that handles it has started. Read only from files. */

import { agentLayout, sessionLayout, turnLayout } from '#blackboard/layout.ts';
import { servedKind } from '#blackboard/peers/peers.ts';
import { listSignals } from '#blackboard/signals/pending.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';
import { readChild } from '#blackboard/turns/turns.ts';
import { promptOfSignal } from '#hooks/claude/session-woken.ts';

/**
 * The turn that a signal started, searched until `waitMs` is over; else null. For an agent: the number of the turn that
 * handles it and whose child has started; for a session: the id of the prompt with which it was told.
 */
export async function turnOfSignal(options: {
  files: Files;
  root: string;
  /** An agent's name or a session's id. */
  peer: string;
  id: string;
  waitMs: number;
  clock: Clock;
  /** Ends the wait. */
  stop?: AbortSignal | undefined;
}): Promise<number | string | null> {
  const { files, root, peer, id, waitMs, clock, stop } = options;
  const untilMs = clock.monotonicMs() + waitMs;
  for (;;) {
    const turn = await PROOFS[servedKind(peer).word]!(files, root, peer, id);
    if (turn !== null || stop?.aborted || clock.monotonicMs() >= untilMs) return turn;
    await clock.sleep(limits.signalProofLookMs, ...(stop ? [stop] : []));
  }
}

/** By the kind of the peer: looks for the turn that took the signal up. */
const PROOFS: Readonly<
  Record<string, (files: Files, root: string, peer: string, id: string) => Promise<number | string | null>>
> = {
  agent: (files, root, peer, id) => look(files, agentLayout(root, peer), id),
  session: (files, root, peer, id) => promptOfSignal(files, sessionLayout(root, peer), id),
};

/** The newest turns are enough: a signal that waits no more was taken up by one of the last, as it was just sent. */
async function look(files: Files, layout: ReturnType<typeof agentLayout>, id: string): Promise<number | null> {
  const { waiting } = await listSignals(files, layout.signals);
  if (waiting.some(name => name.id === id)) return null;
  const latest = await latestTurn(files, layout.turns);
  for (let number = latest; number > Math.max(0, latest - limits.signalProofTurns); number--) {
    const turn = turnLayout(layout.turns, number);
    const intent = await readRecord<Intent>(files, turn.intent).catch(() => null);
    if (!intent?.signals?.taken.some(signal => signal.id === id)) continue;
    return (await readChild(files, turn)).kind === 'started' ? number : null;
  }
  return null;
}
