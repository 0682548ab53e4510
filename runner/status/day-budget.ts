/** What is left of an agent's money for today, and what it is parked for when nothing is. Pure. */

import type { DaySpending } from '#blackboard/turns/spending.ts';
import type { Park } from '#runner/status/blockers.ts';

/** USD. */
export const leftOfDay = (perDayUsd: number, name: string, spent: DaySpending): number =>
  perDayUsd + (spent.raisedByAgent.get(name) ?? 0) - (spent.byAgent.get(name) ?? 0);

export const overDayPark = (perDayUsd: number, tomorrowMs: number): Park => ({
  code: 'budget',
  reason: `budget.perDayUsd ($${perDayUsd}) is spent for today`,
  untilMs: tomorrowMs,
});
