/** `agent-runner costs`: what turns have cost, summed by agent or by day, from costs/<day>.jsonl. */

import { exitCode, usageError } from '#blackboard/system/errors.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import type { Costs } from '#runner/results/agents.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { printJson } from '#runner/text/printing.ts';
import { plural, table, usdText } from '#runner/text/terminal.ts';
import { verbContext } from '#runner/verbs/context.ts';

export const command: Declaration = {
  words: 'costs',
  heading: 'What they do',
  about: 'what turns have cost, as claude reports it',
  options: [
    { flags: '--by <what>', about: 'agent or day', fallback: 'agent', completes: ['agent', 'day'] },
    { flags: '--days <count>', about: 'today and the days before it', fallback: '30' },
  ],
  json: true,
  examples: ['agent-runner costs', 'agent-runner costs --by day --days 7 --json'],
  exits: { 64: 'wrong option' },
};

export async function run(global: GlobalOptions, options: { by: string; days: string }): Promise<number> {
  const { by } = options;
  if (by !== 'agent' && by !== 'day') throw usageError(`--by ${JSON.stringify(by)}: expected agent or day`);
  const days = Number(options.days);
  if (!/^\d{1,5}$/.test(options.days) || days < 1)
    throw usageError(`--days ${JSON.stringify(options.days)}: expected a number of days, for example --days 7`);
  const { costs } = await import('#runner/verbs/costs.ts');
  const report = await costs(await verbContext(global.root, process.env), { by, days });
  if (global.json) printJson(report);
  else process.stdout.write(render(report));
  return exitCode.ok;
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
