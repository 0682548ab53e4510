/** Sums of what was spent, by agent or by day. Pure. */
import type { DaySpending } from '#blackboard/turns/spending.ts';
import type { Costs } from '#runner/results/agents.ts';

/** By agent: the dearest first. By day: the oldest first; a row's name is the day. */
export function costReport(
  days: readonly (readonly [string, DaySpending])[],
  { by, from, today, trace }: Pick<Costs, 'by' | 'from' | 'today' | 'trace'>,
): Costs {
  const rows = new Map<string, Costs['rows'][number]>();
  for (const [day, spending] of days) {
    const { byAgent, turnsByAgent } = trace === null ? spending : ofTrace(spending, trace);
    for (const [agent, usd] of byAgent) {
      const name = by === 'agent' ? agent : day;
      const row = rows.get(name) ?? { name, turns: 0, usd: 0, todayUsd: 0 };
      row.turns += turnsByAgent?.get(agent) ?? 0;
      row.usd += usd;
      if (day === today) row.todayUsd += usd;
      rows.set(name, row);
    }
  }
  const all = [...rows.values()];
  const sum = (pick: (row: Costs['rows'][number]) => number) => all.reduce((total, row) => total + pick(row), 0);
  return {
    by,
    trace,
    from,
    today,
    todayUsd: sum(row => row.todayUsd),
    totalUsd: sum(row => row.usd),
    turns: sum(row => row.turns),
    rows: by === 'agent' ? all.sort((a, b) => b.usd - a.usd || (a.name < b.name ? -1 : 1)) : all,
  };
}

/** The part of it that one chain of messages caused. */
function ofTrace({ byTraceAndAgent, turnsByTraceAndAgent }: DaySpending, trace: string) {
  const of = (all: ReadonlyMap<string, number> = new Map()) =>
    new Map(
      [...all].flatMap(([key, value]) => (key.startsWith(`${trace} `) ? [[key.slice(trace.length + 1), value]] : [])),
    );
  return { byAgent: of(byTraceAndAgent), turnsByAgent: of(turnsByTraceAndAgent) };
}
