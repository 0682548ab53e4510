/** `agent-runner costs`: sums what turns have cost, by agent or by day. */
import { usageError } from '#blackboard/system/errors.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { count } from '#runner/cli/terminal/typed.ts';
import type { Costs } from '#runner/results/agents.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { plural, table, usdText } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'costs',
  heading: 'What they do',
  about: 'what turns have cost, as claude reports it',
  options: [
    { flags: '--by <what>', about: 'agent or day', fallback: 'agent', completes: ['agent', 'day'] },
    { flags: '--trace <message-id>', about: 'of one message and all that it caused', completes: 'message' },
    { flags: '--days <count>', about: 'today and the days before it', fallback: '30' },
  ],
  json: true,
  examples: ['agent-runner costs', 'agent-runner costs --by day --days 7 --json'],
  exits: { 64: 'wrong option', 66: 'no such message' },
};

export async function run(call: Call, options: { by: string; days: string; trace?: string }): Promise<void> {
  const { by } = options;
  if (by !== 'agent' && by !== 'day') throw usageError(`--by ${JSON.stringify(by)}: expected agent or day`);
  const days = count('--days', options.days, 'days', 7, 1);
  const { costs } = await import('#runner/verbs/costs.ts');
  const report = await costs(await call.context(), { by, days, trace: options.trace ?? null });
  call.show(report, render);
}

function render({ by, from, today, todayUsd, totalUsd, turns, rows }: Costs): string {
  if (rows.length === 0) return `Nothing was spent from ${from} to ${today}.\n`;
  const columns = [
    { head: by === 'agent' ? 'AGENT' : 'DAY' },
    { head: 'TURNS', right: true },
    ...(by === 'agent' ? [{ head: 'TODAY', right: true }] : []),
    { head: 'USD', right: true },
  ];
  const lines = rows.map(row => [
    row.name,
    String(row.turns),
    ...(by === 'agent' ? [usdText(row.todayUsd)] : []),
    usdText(row.usd),
  ]);
  return `${table(columns, lines, terminalColumns())}${wrapTo(`\n${usdText(totalUsd)} for ${plural(turns, 'turn')} from ${from} to ${today}; ${usdText(todayUsd)} of it today\n`, terminalColumns())}`;
}
