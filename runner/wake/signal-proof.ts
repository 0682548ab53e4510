/** The proof that a signal did what it was for: a turn that carries it has started. Read from files only. */
import type { Clock } from '../../blackboard/clock.ts';
import type { Files } from '../../blackboard/files.ts';
import { agentLayout, turnLayout } from '../../blackboard/layout.ts';
import { limits } from '../../blackboard/limits.ts';
import { readRecord } from '../../blackboard/record.ts';
import { latestTurn, readChild } from '../../blackboard/turns.ts';
import { listSignals } from '../../blackboard/wake/pending.ts';
import type { Intent } from '../turn-records.ts';

/** The number of the turn that took the signal up and whose child has started, looked for until `waitMs` is over; else null. */
export async function turnOfSignal(options: {
  files: Files;
  root: string;
  agent: string;
  id: string;
  waitMs: number;
  clock: Clock;
}): Promise<number | null> {
  const { files, root, agent, id, waitMs, clock } = options;
  const layout = agentLayout(root, agent);
  const untilMs = clock.monotonicMs() + waitMs;
  for (;;) {
    const turn = await look(files, layout, id);
    if (turn !== null || clock.monotonicMs() >= untilMs) return turn;
    await clock.sleep(limits.signalProofLookMs);
  }
}

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
