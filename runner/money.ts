/** What a turn cost. Pure; sums over days are read from the costs files (spending.ts). */

import { priceUsage } from '../hooks/prices.ts';
import type { StreamSummary } from '../hooks/stream-summary.ts';
import type { Intent, Verdict } from './turn-records.ts';

/**
 * USD of one turn. claude 2.1.329 reports a total over the session, so a turn is the difference; a total below the
 * baseline belongs to a session that started over and counts whole. Without a result line: the usage in the stream,
 * priced; without any: the most the turn could have cost.
 */
export function costOfTurn(verdict: Verdict, summary: StreamSummary, intent: Intent): number {
  if (verdict.kind === 'void' || verdict.kind === 'session-lost') return 0;
  const total = summary.result?.totalCostUsd ?? null;
  if (total !== null) return total >= intent.baselineUsd ? total - intent.baselineUsd : total;
  const priced = priceUsage(summary.usageByModel);
  return priced > 0 ? priced : intent.perTurnUsd;
}
