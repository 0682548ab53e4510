/** What is left of an agent's money for today, and what it is parked for when nothing is. Pure. */
import type { Park } from './blockers.ts';
import type { DaySpending } from './spending.ts';

/** USD. */
export const leftOfDay = (perDayUsd: number, name: string, spent: DaySpending): number =>
  perDayUsd + (spent.raisedByAgent.get(name) ?? 0) - (spent.byAgent.get(name) ?? 0);

export const overDayPark = (perDayUsd: number, tomorrowMs: number): Park => ({
  code: 'budget',
  reason: `budget.perDayUsd ($${perDayUsd}) is spent for today`,
  untilMs: tomorrowMs,
});
