/**
 * What becomes of a turn's signals, by how it ended: over, or they wait again. The rule is pure; the effects follow it.
 */

import type { TurnLayout } from '#blackboard/layout.ts';
import { consumeSignal, listSignals, releaseSignal } from '#blackboard/signals/pending.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { Ended, Intent, IntentSignal, SignalFate, Verdict } from '#blackboard/turns/turn-records.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';

/** The part of the decision that is about signals; undefined: the turn had none. */
export const signalsEnded = (intent: Intent | null, verdict: Verdict): Ended['signals'] =>
  intent?.signals && {
    alone: intent.signals.alone,
    fates: intent.signals.taken.map(signal => fateOf(signal, verdict)),
  };

/** A signal asks for one completed turn. After several interruptions it is given up. */
function fateOf({ id, interruptions }: IntentSignal, verdict: Verdict): SignalFate {
  switch (verdict.kind) {
    case 'void':
    case 'expired':
    case 'temporary':
    case 'needs-person':
    case 'session-lost':
    case 'unstarted':
      return { id, do: 'release', interruptions };
    case 'too-long':
      return verdict.fresh ? { id, do: 'consume' } : { id, do: 'release', interruptions };
    case 'refused':
      return verdict.blame === 'message' ? { id, do: 'consume' } : { id, do: 'release', interruptions };
    case 'interrupted':
      return interruptions + 1 >= limits.signalInterruptionsMax
        ? { id, do: 'consume' }
        : { id, do: 'release', interruptions: interruptions + 1 };
    case 'answered':
    case 'failed':
    case 'over-budget':
    case 'cancelled':
    case 'deferred':
      return { id, do: 'consume' };
  }
}

/** Follows the decision before the turn is closed. Repeatable; what the decision does not name was in no prompt. */
export async function settleSignals(context: AgentContext, turn: TurnLayout, ended: Ended): Promise<void> {
  const { files, layout } = context;
  const { taken } = await listSignals(files, layout.signals);
  for (const each of taken.filter(({ turn: number }) => number === turn.number)) {
    const fate = ended.signals?.fates.find(({ id }) => id === each.name.id);
    if (fate?.do === 'consume') await consumeSignal(files, layout.signals, each);
    else
      await releaseSignal(files, layout.signals, each, {
        ...each.name,
        interruptions: fate?.interruptions ?? each.name.interruptions,
      });
  }
}
