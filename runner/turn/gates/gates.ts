/** The gates before a turn: switches, park, back-off, hourly limit, money, and what the turn needs to start. */
import { waitsUntilMs } from '#blackboard/cards/cards.ts';
import { rootLayout } from '#blackboard/layout.ts';
import { localDay, nextLocalDay } from '#blackboard/system/clock.ts';
import { readLender } from '#blackboard/turns/lent.ts';
import type { DaySpending } from '#blackboard/turns/spending.ts';
import type { Ended } from '#blackboard/turns/turn-records.ts';
import { type Missing, missingFor } from '#runner/agents/prerequisites.ts';
import {
  type Blocker,
  type BlockingFacts,
  blockerOf,
  parkBlocker,
  retryOf,
  UNBLOCKED,
} from '#runner/status/blockers.ts';
import { leftOfDay, overDayPark } from '#runner/status/day-budget.ts';
import { hourlyLimitUntil } from '#runner/status/hourly-limit.ts';
import { park, readParked } from '#runner/status/park.ts';
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
  /** Makes the agent's worktree, if it has none yet, and says what prevents that. */
  readyWorktree?(context: AgentContext): Promise<Missing | null>;
}

/** The first closed gate, or null. */
export async function holdOf(
  context: AgentContext,
  previous: Ended | null,
  options: GateOptions,
): Promise<Hold | null> {
  const { files, layout, clock, definition } = context;
  const waitsUntil = (ms: number) => waitsUntilMs(files, context.root, previous?.deferred?.card, ms);
  const nowMs = clock.nowMs();
  // Asked together, because a person waits for the turn; what tells the operator comes afterwards, one after the other.
  const turn = previous?.turn ?? 0;
  const [missing, switches, parked, hourlyUntilMs, asksUntilMs] = await Promise.all([
    missingFor(definition),
    readSwitches(context),
    readParked(context),
    hourlyLimitUntil(files, layout, definition.maxTurnsPerHour, turn, nowMs),
    waitsUntil(nowMs),
  ]);
  const retry = retryOf(previous, nowMs);
  const known = {
    ...UNBLOCKED,
    name: layout.name,
    definition,
    ...switches,
    parked,
    hourlyUntilMs,
    asksUntilMs,
    missing,
    retry,
  };
  const blocker = blockerOf(known, nowMs);
  if (blocker === null) return (await overDayBudget(context, options)) ?? (await worktreeHold());
  if (blocker.kind === 'asking')
    return { ...holdBy(blocker), isOver: async () => (await waitsUntil(clock.nowMs())) === null };
  if (missing === null || !blocker.isMissing) {
    const madeOf = blocker.kind === 'parked' ? parked?.madeOf : undefined;
    if (madeOf === undefined) return holdBy(blocker);
    return { ...holdBy(blocker), isOver: async () => context.claude.madeOfNow?.() !== madeOf };
  }
  await options.tellMissing?.(context, missing, turn);
  return { ...holdBy(blocker), isOver: async () => (await missingFor(definition)) === null };

  /** Last, because it may take long, and leaves something in the person's repository. */
  async function worktreeHold(): Promise<Hold | null> {
    const without = definition.worktree ? ((await options.readyWorktree?.(context)) ?? null) : null;
    const held = without && blockerOf({ ...known, missing: without }, nowMs);
    if (!held) return null;
    await options.tellMissing?.(context, without, turn);
    return holdBy(held);
  }
}

/** Whether a person wants no new turn: asked last, just before a launcher. */
export async function isSwitchedOff(context: AgentContext): Promise<boolean> {
  const { isStopped, pausedBy } = await readSwitches(context);
  // Who lends the session says so before it looks at the turns, and this turn was elected before this look: one of the two sees the other.
  return isStopped || pausedBy !== null || (await readLender(context.files, context.layout)) === 'alive';
}

async function overDayBudget(context: AgentContext, options: GateOptions): Promise<Hold | null> {
  const { clock, layout } = context;
  const nowMs = clock.nowMs();
  const { budgets, left } = await moneyOf(context, options);
  const state = overDayPark(budgets, left, nextLocalDay(nowMs));
  if (state === null) return null;
  // The budget of all agents is one occasion for all agents that it parks; raising it makes the next one.
  const usd = state.code === 'budget' ? left.agentUsd : left.allowed.fleetUsd;
  await park(context, state, `${state.code} ${localDay(nowMs)} ${usd.toFixed(2)}`);
  return holdBy(parkBlocker(state, layout.name, nowMs));
}

/** Today's budgets, and what is left of them. */
async function moneyOf({ definition, layout, clock }: AgentContext, { spending, fleetPerDayUsd }: GateOptions) {
  const budgets = { agentUsd: definition.budget.perDayUsd, fleetUsd: fleetPerDayUsd };
  return { budgets, left: leftOfDay(budgets, layout.name, await spending(localDay(clock.nowMs()))) };
}

/** USD that may be spent now. */
export interface Allowance {
  /** By one turn: its own budget, or what is left of the day. */
  turnUsd: number;
  /** What is left of the day, by the agent's budget and by that of all. */
  dayUsd: number;
}

export async function allowanceOf(context: AgentContext, options: GateOptions): Promise<Allowance> {
  const { left } = await moneyOf(context, options);
  const dayUsd = Math.min(left.agentUsd, left.fleetUsd);
  return { turnUsd: Math.min(context.definition.budget.perTurnUsd, dayUsd), dayUsd };
}

/** What a person has switched off, from files in the root and in the agent's directory. */
async function readSwitches({
  files,
  root,
  layout,
}: AgentContext): Promise<Pick<BlockingFacts, 'isStopped' | 'pausedBy'>> {
  const paths = [rootLayout(root).pause, layout.pause, layout.stop];
  const [all, one, stop] = await Promise.all(paths.map(path => files.facts(path)));
  return { isStopped: stop !== null, pausedBy: all ? 'root' : one ? 'agent' : null };
}
