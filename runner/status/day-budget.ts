/** What is left of today's money, and why an agent is parked when nothing is left. Pure. */

import type { DaySpending } from '#blackboard/turns/spending.ts';
import type { Park } from '#runner/status/blockers.ts';

/** USD of one day: an agent's own, and that of all agents together. */
export interface DayBudgets {
  agentUsd: number;
  fleetUsd: number;
}

/** USD that are left. `allowed`: the budgets with what a person has added today. */
export function leftOfDay(budgets: DayBudgets, name: string, spent: DaySpending): DayBudgets & { allowed: DayBudgets } {
  const agentUsd = budgets.agentUsd + (spent.raisedByAgent.get(name) ?? 0);
  const fleetUsd = budgets.fleetUsd + spent.raisedFleetUsd;
  return {
    agentUsd: agentUsd - (spent.byAgent.get(name) ?? 0),
    fleetUsd: fleetUsd - spent.fleetUsd,
    allowed: { agentUsd, fleetUsd },
  };
}

/** Why its next turn would park the agent; null: there is money left. */
export function overDayPark(budgets: DayBudgets, left: DayBudgets, untilMs: number): Park | null {
  const spent = (whose: string, usd: number) => `${whose} ($${usd}) is spent for today`;
  if (left.agentUsd <= 0) return { code: 'budget', reason: spent('budget.perDayUsd', budgets.agentUsd), untilMs };
  if (left.fleetUsd > 0) return null;
  return { code: 'fleet-budget', reason: spent('perDayUsd of config.yaml', budgets.fleetUsd), untilMs };
}
