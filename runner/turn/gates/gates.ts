/** The gates before a turn: switches, park, back-off, hourly limit, money, and what the turn needs to start. */
import { localDay, nextLocalDay } from '#blackboard/system/clock.ts';
import type { DaySpending } from '#blackboard/turns/spending.ts';
import type { Ended } from '#blackboard/turns/turn-records.ts';
import { type Missing, missingFor } from '#runner/agents/prerequisites.ts';
import { type Blocker, blockerOf, parkBlocker, retryOf, UNBLOCKED } from '#runner/status/blockers.ts';
import { leftOfDay, overDayPark } from '#runner/status/day-budget.ts';
import { hourlyLimitUntil } from '#runner/status/hourly-limit.ts';
import { park, readParked } from '#runner/status/park.ts';
import { readSwitches } from '#runner/status/switches.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';

/** Why there is no turn now. `passes`: it ends by itself and soon, so `--once` waits for it. */
export interface Hold {
  reason: string;
  untilMs: number | null;
  passes: boolean;
  /** Asked every second: whether something without a watch (a missing directory, an update of claude) is over. */
  isOver?(): Promise<boolean>;
}

export const holdBy = ({ sentence, untilMs, passes }: Blocker): Hold => ({ reason: sentence, untilMs, passes });

export interface GateOptions {
  spending(day: string): Promise<DaySpending>;
  fleetPerDayUsd: number;
  /** Told what holds up the agent's next turn until somebody fixes it; `turn` is its last one. */
  tellMissing?(context: AgentContext, missing: Missing, turn: number): Promise<void>;
}

/** The first closed gate, or null. */
export async function holdOf(
  context: AgentContext,
  previous: Ended | null,
  options: GateOptions,
): Promise<Hold | null> {
  const { files, root, layout, clock, definition } = context;
  const nowMs = clock.nowMs();
  // Asked together, because a person waits for the turn; what tells the operator comes afterwards, one after the other.
  const turn = previous?.turn ?? 0;
  const [missing, switches, parked, hourlyUntilMs] = await Promise.all([
    missingFor(definition),
    readSwitches(files, root, layout),
    readParked(context),
    hourlyLimitUntil(files, layout, definition.maxTurnsPerHour, turn, nowMs),
  ]);
  const retry = retryOf(previous, nowMs);
  const known = { ...UNBLOCKED, name: layout.name, definition, ...switches, parked, hourlyUntilMs, missing, retry };
  const blocker = blockerOf(known, nowMs);
  if (blocker === null) return overDayBudget(context, options);
  if (missing === null || !blocker.isMissing) {
    const madeOf = blocker.kind === 'parked' ? parked?.madeOf : undefined;
    if (madeOf === undefined) return holdBy(blocker);
    return { ...holdBy(blocker), isOver: async () => context.claude.madeOfNow?.() !== madeOf };
  }
  await options.tellMissing?.(context, missing, turn);
  return { ...holdBy(blocker), isOver: async () => (await missingFor(definition)) === null };
}

/** Whether a person wants no new turn: asked last, just before a launcher. */
export async function isSwitchedOff({ files, root, layout }: AgentContext): Promise<boolean> {
  const { isStopped, pausedBy } = await readSwitches(files, root, layout);
  return isStopped || pausedBy !== null;
}

async function overDayBudget(context: AgentContext, options: GateOptions): Promise<Hold | null> {
  const left = await dayBudgetLeft(context, options);
  const { definition, clock } = context;
  if (left.agentUsd > 0 && left.fleetUsd > 0) return null;
  const untilMs = nextLocalDay(clock.nowMs());
  const ofFleet = `perDayUsd of config.yaml ($${options.fleetPerDayUsd}) is spent for today`;
  const state =
    left.agentUsd <= 0
      ? overDayPark(definition.budget.perDayUsd, untilMs)
      : { code: 'fleet-budget', reason: ofFleet, untilMs };
  const { code } = state;
  // The budget of all agents is one occasion for all agents that it parks; raising it makes the next one.
  const occasion = `${code} ${localDay(clock.nowMs())} ${(code === 'budget' ? left.agentUsd : left.fleetAllowedUsd).toFixed(2)}`;
  await park(context, state, occasion);
  return holdBy(parkBlocker(state, context.layout.name, clock.nowMs()));
}

/** USD left of today's budgets, of the agent's and of all agents'. */
async function dayBudgetLeft(
  context: AgentContext,
  options: GateOptions,
): Promise<{ agentUsd: number; fleetUsd: number; fleetAllowedUsd: number }> {
  const { name } = context.layout;
  const spent = await options.spending(localDay(context.clock.nowMs()));
  return {
    agentUsd: leftOfDay(context.definition.budget.perDayUsd, name, spent),
    fleetUsd: options.fleetPerDayUsd + spent.raisedFleetUsd - spent.fleetUsd,
    fleetAllowedUsd: options.fleetPerDayUsd + spent.raisedFleetUsd,
  };
}

/** USD that one turn may cost now: its own budget, or what is left of the day. */
export async function allowanceOf(context: AgentContext, options: GateOptions): Promise<number> {
  const left = await dayBudgetLeft(context, options);
  return Math.min(context.definition.budget.perTurnUsd, left.agentUsd, left.fleetUsd);
}
