/** What signals mean for an agent's look: which ones a turn would take now, and whether they alone may start one. */

import { type AgentLayout, rootLayout, type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import {
  isSignalDue,
  listSignals,
  releaseSignal,
  type SignalName,
  type TakenSignal,
  takeSignals,
} from '#blackboard/signals/pending.ts';
import { nextLocalDay } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';
import { isOver } from '#blackboard/turns/turns.ts';
import { signalBlocker } from '#runner/status/blockers.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import { type Hold, holdBy } from '#runner/turn/gates/gates.ts';

export interface SignalWork {
  /** Due: a turn that is started for messages takes them along. */
  due: readonly SignalName[];
  /** Why they alone start no turn now; null: they may, or there are none. */
  hold: Hold | null;
  /** USD left of today's budget for turns that only signals start. */
  leftUsd: number;
}

export const NO_SIGNALS: SignalWork = { due: [], hold: null, leftUsd: 0 };

/** `spentUsd`: what such turns have cost today. */
export async function signalWork(context: AgentContext, spentUsd: () => Promise<number>): Promise<SignalWork> {
  const { files, root, layout, definition, clock } = context;
  const { waiting, taken } = await listSignals(files, layout.signals);
  if (taken.length > 0) await giveBackLeftovers(files, layout, taken);
  if (waiting.length === 0) return NO_SIGNALS;
  const nowMs = clock.nowMs();
  const due = waiting.filter(name => isSignalDue(name, nowMs));
  const areOff = (await files.facts(rootLayout(root).disableSignals)) !== null;
  if (due.length === 0 && !areOff)
    return { ...NO_SIGNALS, hold: { reason: 'a signal waits', untilMs: waiting[0]!.dueMs, passes: true } };
  const budgetUsd = definition.budget.signalsPerDayUsd;
  const usedUsd = areOff ? 0 : await spentUsd();
  const blocker = signalBlocker({ areOff, spentUsd: usedUsd, budgetUsd, tomorrowMs: nextLocalDay(nowMs) }, nowMs);
  const hold = blocker && holdBy(blocker);
  return areOff ? { ...NO_SIGNALS, hold } : { due, hold, leftUsd: Math.max(0, budgetUsd - usedUsd) };
}

/** Signals under a finished turn's number wait again: its runner was stopped between election and renames. */
async function giveBackLeftovers(files: Files, layout: AgentLayout, taken: readonly TakenSignal[]): Promise<void> {
  for (const each of taken) {
    if (await isOver(files, turnLayout(layout.turns, each.turn)))
      await releaseSignal(files, layout.signals, each, each.name);
  }
}

/**
 * The elected turn takes the due signals; undefined: there are none (any more). If tools are allowed by a signal's
 * type, a turn that only signals start has one type: it must not get the tools of another.
 */
export async function takeUpSignals(
  context: AgentContext,
  turn: TurnLayout,
  work: SignalWork,
  alone: boolean,
  unsynced?: Set<string>,
): Promise<Intent['signals']> {
  const isOfOneType = alone && context.definition.signals.permissions === 'allowlist';
  const names = isOfOneType ? work.due.filter(({ type }) => type === work.due[0]!.type) : work.due;
  const taken = await takeSignals(context.files, context.layout.signals, turn.number, names, unsynced);
  if (taken.length === 0) return undefined;
  return {
    alone,
    taken: taken.map(({ name, record }) => ({ ...record, interruptions: name.interruptions })),
  };
}
