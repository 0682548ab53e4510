/** The gates before a turn: switches, park, back-off, hourly limit, money, and what the turn could not start without. */
import { access, constants } from 'node:fs/promises';
import { localDay, nextLocalDay } from '../blackboard/clock.ts';
import { rootLayout, turnLayout } from '../blackboard/layout.ts';
import { readRecord } from '../blackboard/record.ts';
import type { AgentContext } from './agent-ports.ts';
import { park, readParked } from './park.ts';
import type { DaySpending } from './spending.ts';
import type { Ended, Intent } from './turn-records.ts';

/** Why there is no turn now. `passes`: it ends by itself and soon, so `--once` waits for it. */
export interface Hold {
  reason: string;
  untilMs: number | null;
  passes: boolean;
}

export interface GateOptions {
  spending(day: string): Promise<DaySpending>;
  fleetPerDayUsd: number;
}

/** The first gate that is shut, or null. */
export async function holdOf(
  context: AgentContext,
  previous: Ended | null,
  options: GateOptions,
): Promise<Hold | null> {
  return (
    (await switchedOff(context)) ??
    (await parked(context)) ??
    backingOff(context, previous) ??
    (await overHourlyLimit(context, previous?.turn ?? 0)) ??
    (await overDayBudget(context, options)) ??
    (await withoutCwd(context))
  );
}

const stay = (reason: string, untilMs: number | null = null): Hold => ({ reason, untilMs, passes: false });

async function switchedOff(context: AgentContext): Promise<Hold | null> {
  const { files, layout, root } = context;
  const fleet = rootLayout(root).pause;
  if (await files.facts(fleet)) return stay(`paused: ${fleet} exists`);
  if (await files.facts(layout.pause)) return stay(`paused: ${layout.pause} exists`);
  if (await files.facts(layout.stop)) return stay(`stopped: agent-runner start ${layout.name} goes on`);
  return null;
}

async function parked(context: AgentContext): Promise<Hold | null> {
  const state = await readParked(context);
  return state && stay(`parked (${state.code}): ${state.reason}`, state.untilMs ?? null);
}

function backingOff(context: AgentContext, previous: Ended | null): Hold | null {
  const untilMs = previous?.retryAtMs ?? null;
  if (untilMs === null || untilMs <= context.clock.nowMs()) return null;
  const reason = previous?.verdict.kind === 'temporary' ? previous.verdict.reason : 'a temporary failure';
  return { reason: `backing off: ${reason}`, untilMs, passes: true };
}

const HOUR_MS = 3_600_000;

/** The turn that many turns ago must be more than an hour old. A turn that never got an intent does not count. */
async function overHourlyLimit(context: AgentContext, last: number): Promise<Hold | null> {
  const { files, layout, clock, definition } = context;
  for (let number = last - definition.maxTurnsPerHour + 1; number > 0; number--) {
    const intent = await readRecord<Intent>(files, turnLayout(layout.turns, number).intent);
    if (!intent || intent.kind === 'burial') continue;
    const untilMs = Date.parse(intent.at) + HOUR_MS;
    return untilMs > clock.nowMs() ? stay(`maxTurnsPerHour (${definition.maxTurnsPerHour}) is reached`, untilMs) : null;
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
  await park(context, code!, reason!, `${code} ${localDay(clock.nowMs())}`, untilMs);
  return stay(`parked (${code}): ${reason}`, untilMs);
}

/** USD that are left of today, for the agent and for the fleet. */
async function dayBudgetLeft(
  context: AgentContext,
  options: GateOptions,
): Promise<{ agentUsd: number; fleetUsd: number }> {
  const spent = await options.spending(localDay(context.clock.nowMs()));
  return {
    agentUsd: context.definition.budget.perDayUsd - (spent.byAgent.get(context.layout.name) ?? 0),
    fleetUsd: options.fleetPerDayUsd - spent.fleetUsd,
  };
}

/** USD that one turn may cost now: its own budget, or what is left of the day. */
export async function allowanceOf(context: AgentContext, options: GateOptions): Promise<number> {
  const left = await dayBudgetLeft(context, options);
  return Math.min(context.definition.budget.perTurnUsd, left.agentUsd, left.fleetUsd);
}

/** A turn without its directory would fail message after message: the queue waits instead. */
async function withoutCwd(context: AgentContext): Promise<Hold | null> {
  const { cwd } = context.definition;
  const reachable = await access(cwd, constants.X_OK).then(
    () => true,
    () => false,
  );
  return reachable ? null : stay(`cwd ${cwd} does not exist or cannot be entered: make it, or change cwd in agent.md`);
}
