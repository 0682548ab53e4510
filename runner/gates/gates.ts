/** The gates before a turn: switches, park, back-off, hourly limit, money, and what the turn could not start without. */
import { localDay, nextLocalDay } from '../../blackboard/clock.ts';
import { rootLayout, turnLayout } from '../../blackboard/layout.ts';
import { readRecord } from '../../blackboard/record.ts';
import type { AgentContext } from '../agent/agent-ports.ts';
import { type Missing, missingFor } from '../turn/prerequisites.ts';
import type { Ended, Intent } from '../turn/turn-records.ts';
import { type Parked, park, readParked, settledBy } from './park.ts';
import type { DaySpending } from './spending.ts';

/** Why there is no turn now. `passes`: it ends by itself and soon, so `--once` waits for it. */
export interface Hold {
  reason: string;
  untilMs: number | null;
  passes: boolean;
}

export interface GateOptions {
  spending(day: string): Promise<DaySpending>;
  fleetPerDayUsd: number;
  /** Told of what keeps the agent from its next turn until somebody mends it; `turn` is its last one. */
  tellMissing?(context: AgentContext, missing: Missing, turn: number): Promise<void>;
}

/** The first gate that is shut, or null. */
export async function holdOf(
  context: AgentContext,
  previous: Ended | null,
  options: GateOptions,
): Promise<Hold | null> {
  // Asked together, because a person waits for the turn; what tells the operator comes after, one after the other.
  const turn = previous?.turn ?? 0;
  const [missing, ...holds] = await Promise.all([
    missingFor(context.definition),
    switchedOff(context),
    parked(context),
    backingOff(context, previous),
    overHourlyLimit(context, turn),
  ]);
  const hold = holds.find(each => each !== null);
  if (hold) return hold;
  if (missing === null) return overDayBudget(context, options);
  await options.tellMissing?.(context, missing, turn);
  return stay(`${missing.problem}: ${missing.remedy}`);
}

const stay = (reason: string, untilMs: number | null = null): Hold => ({ reason, untilMs, passes: false });

/** Whether a person wants no new turn: asked here and, last of all, just before a launcher. */
export async function switchedOff(context: AgentContext): Promise<Hold | null> {
  const { files, layout, root } = context;
  const fleet = rootLayout(root).pause;
  const [all, one, stopped] = await Promise.all([fleet, layout.pause, layout.stop].map(path => files.facts(path)));
  if (all) return stay(`paused: ${fleet} exists`);
  if (one) return stay(`paused: ${layout.pause} exists`);
  return stopped ? stay(`stopped; to go on: agent-runner resume ${layout.name}`) : null;
}

async function parked(context: AgentContext): Promise<Hold | null> {
  const state = await readParked(context);
  return state && parkedHold(state, context.layout.name);
}

const parkedHold = (state: Omit<Parked, 'at'>, agent: string): Hold =>
  stay(`parked (${state.code}): ${state.reason}; ${settledBy(state, agent)}`, state.untilMs ?? null);

function backingOff(context: AgentContext, previous: Ended | null): Hold | null {
  const untilMs = previous?.retryAtMs ?? null;
  if (untilMs === null || untilMs <= context.clock.nowMs()) return null;
  const reason = previous?.verdict.kind === 'temporary' ? previous.verdict.reason : 'a temporary failure';
  return { reason: `backing off: ${reason}`, untilMs, passes: true };
}

const HOUR_MS = 3_600_000;

/**
 * Of the turns of the last hour, those that worked: a turn without an intent, or one that only buried, does not count.
 * Nearly always one record is enough: the turn that many turns ago is more than an hour old, or there is none.
 */
async function overHourlyLimit(context: AgentContext, last: number): Promise<Hold | null> {
  const { files, layout, clock, definition } = context;
  const turnsMax = definition.maxTurnsPerHour;
  const untilOf = async (number: number): Promise<number | null> => {
    const intent = await readRecord<Intent>(files, turnLayout(layout.turns, number).intent);
    return intent && intent.kind !== 'burial' ? Date.parse(intent.at) + HOUR_MS : null;
  };
  if (last < turnsMax || ((await untilOf(last - turnsMax + 1)) ?? Number.POSITIVE_INFINITY) <= clock.nowMs())
    return null;
  let count = 0;
  for (let number = last; number > 0; number--) {
    const untilMs = await untilOf(number);
    if (untilMs === null) continue;
    if (untilMs <= clock.nowMs()) return null;
    if (++count === turnsMax) return stay(`maxTurnsPerHour (${turnsMax}) is reached`, untilMs);
  }
  return null;
}

async function overDayBudget(context: AgentContext, options: GateOptions): Promise<Hold | null> {
  const left = await dayBudgetLeft(context, options);
  const { definition, clock } = context;
  if (left.agentUsd > 0 && left.fleetUsd > 0) return null;
  const untilMs = nextLocalDay(clock.nowMs());
  const [code, reason] =
    left.agentUsd <= 0
      ? ['budget', `budget.perDayUsd ($${definition.budget.perDayUsd}) is spent for today`]
      : ['fleet-budget', `perDayUsd of config.yaml ($${options.fleetPerDayUsd}) is spent for today`];
  // The fleet's is one occasion for all whom it parks; a person who raises it makes the next.
  const occasion = `${code} ${localDay(clock.nowMs())} ${(code === 'budget' ? left.agentUsd : left.fleetAllowedUsd).toFixed(2)}`;
  await park(context, code!, reason!, occasion, untilMs);
  return parkedHold({ code: code!, reason: reason!, untilMs }, context.layout.name);
}

/** USD that are left of today, for the agent and for the fleet. */
async function dayBudgetLeft(
  context: AgentContext,
  options: GateOptions,
): Promise<{ agentUsd: number; fleetUsd: number; fleetAllowedUsd: number }> {
  const { name } = context.layout;
  const spent = await options.spending(localDay(context.clock.nowMs()));
  return {
    agentUsd:
      context.definition.budget.perDayUsd + (spent.raisedByAgent.get(name) ?? 0) - (spent.byAgent.get(name) ?? 0),
    fleetUsd: options.fleetPerDayUsd + spent.raisedFleetUsd - spent.fleetUsd,
    fleetAllowedUsd: options.fleetPerDayUsd + spent.raisedFleetUsd,
  };
}

/** USD that one turn may cost now: its own budget, or what is left of the day. */
export async function allowanceOf(context: AgentContext, options: GateOptions): Promise<number> {
  const left = await dayBudgetLeft(context, options);
  return Math.min(context.definition.budget.perTurnUsd, left.agentUsd, left.fleetUsd);
}
