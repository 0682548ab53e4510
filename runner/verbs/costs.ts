/** Sums what turns have cost, by agent or by day, from costs/<day>.jsonl. */

import { join } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import { readMessage } from '#blackboard/messages/message-decode.ts';
import { requireMessage } from '#blackboard/peers/known-message.ts';
import { DAY_MS, localDay } from '#blackboard/system/clock.ts';
import { usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { isMessageId } from '#blackboard/system/ids.ts';
import { openSteadyClock } from '#blackboard/system/steady-clock.ts';
import { createSpendingReader, type DaySpending } from '#blackboard/turns/spending.ts';
import type { Costs } from '#runner/results/agents.ts';
import { costReport } from '#runner/status/cost-report.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { requireWhole } from '#runner/verbs/whole-number.ts';

const DAYS_MAX = 99_999;

/** `days`: today and the days before it. `trace`: a message of the chain that is meant. Throws 66 where there is no such message. */
export async function costs(
  { files, root }: VerbContext,
  { by, days, trace: typed = null }: { by: Costs['by']; days: number; trace?: string | null },
): Promise<Costs> {
  if (by !== 'agent' && by !== 'day') throw usageError(`by ${JSON.stringify(by)}: expected agent or day`);
  requireWhole('days', days, 1, DAYS_MAX);
  const nowMs = (await openSteadyClock(files, root)).nowMs();
  const from = localDay(noonOf(nowMs) - (days - 1) * DAY_MS);
  const trace = typed === null ? null : await traceOf(files, root, typed);
  return costReport(await readDays(files, root, from), { by, from, today: localDay(nowMs), trace });
}

/** The chain that a message belongs to. The one that began it may be cleared away: its id is enough. */
async function traceOf(files: Files, root: string, typed: string): Promise<string> {
  const known = await requireMessage(files, root, typed).catch((error: unknown) => {
    if (isMessageId(typed)) return null;
    throw error;
  });
  const message = known && (await readMessage(files, join(known.inbox.ids, known.id)));
  return message?.trace ?? known?.id ?? typed;
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
