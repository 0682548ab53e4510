/** `agent-runner costs`: what turns have cost, summed by agent or by day, from costs/<day>.jsonl. */

import { rootLayout } from '#blackboard/layout.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { localDay } from '#blackboard/system/clock.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode, usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { openSteadyClock } from '#blackboard/system/steady-clock.ts';
import { createSpendingReader, type DaySpending } from '#blackboard/turns/spending.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { type CostReport, costReport } from '#runner/status/cost-report.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { printJson } from '#runner/text/printing.ts';
import { plural, table, usdText } from '#runner/text/terminal.ts';

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

const DAY_MS = 86_400_000;

export async function run(global: GlobalOptions, options: { by: string; days: string }): Promise<number> {
  const { by } = options;
  if (by !== 'agent' && by !== 'day') throw usageError(`--by ${JSON.stringify(by)}: expected agent or day`);
  const days = Number(options.days);
  if (!/^\d{1,5}$/.test(options.days) || days < 1)
    throw usageError(`--days ${JSON.stringify(options.days)}: expected a number of days, for example --days 7`);
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const nowMs = (await openSteadyClock(files, root)).nowMs();
  const from = localDay(noonOf(nowMs) - (days - 1) * DAY_MS);
  const report = costReport(await readDays(files, root, from), { by, from, today: localDay(nowMs) });
  if (global.json) printJson(report);
  else process.stdout.write(render(report));
  return exitCode.ok;
}

/** From noon to noon, a day with 23 or 25 hours is still one day. */
const noonOf = (nowMs: number): number => new Date(nowMs).setHours(12, 0, 0, 0);

/** The days from `from` on that anything was spent on, oldest first. */
async function readDays(files: Files, root: string, from: string): Promise<[string, DaySpending][]> {
  const read = createSpendingReader(files, root);
  const days = (await files.list(rootLayout(root).costs))
    .map(name => /^(\d{4}-\d{2}-\d{2})\.jsonl$/.exec(name)?.[1])
    .filter(day => day !== undefined && day >= from) as string[];
  return Promise.all(days.sort().map(async (day): Promise<[string, DaySpending]> => [day, await read(day)]));
}

function render({ by, from, today, todayUsd, totalUsd, turns, rows }: CostReport): string {
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
