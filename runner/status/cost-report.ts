/** Sums of what was spent, by agent or by day. Pure. */
import type { DaySpending } from '#blackboard/turns/spending.ts';

export interface CostReport {
  by: 'agent' | 'day';
  /** Local days, `2026-11-21`, both included. */
  from: string;
  today: string;
  todayUsd: number;
  totalUsd: number;
  turns: number;
  /** By agent: the dearest first. By day: the oldest first; its name is the day. */
  rows: { name: string; turns: number; usd: number; todayUsd: number }[];
}

export function costReport(
  days: readonly (readonly [string, DaySpending])[],
  { by, from, today }: Pick<CostReport, 'by' | 'from' | 'today'>,
): CostReport {
  const rows = new Map<string, CostReport['rows'][number]>();
  for (const [day, { byAgent, turnsByAgent }] of days)
    for (const [agent, usd] of byAgent) {
      const name = by === 'agent' ? agent : day;
      const row = rows.get(name) ?? { name, turns: 0, usd: 0, todayUsd: 0 };
      row.turns += turnsByAgent?.get(agent) ?? 0;
      row.usd += usd;
      if (day === today) row.todayUsd += usd;
      rows.set(name, row);
    }
  const all = [...rows.values()];
  const sum = (pick: (row: CostReport['rows'][number]) => number) => all.reduce((total, row) => total + pick(row), 0);
  return {
    by,
    from,
    today,
    todayUsd: sum(row => row.todayUsd),
    totalUsd: sum(row => row.usd),
    turns: sum(row => row.turns),
    rows: by === 'agent' ? all.sort((a, b) => b.usd - a.usd || (a.name < b.name ? -1 : 1)) : all,
  };
}
