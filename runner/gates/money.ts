/** What a turn cost. Pure; sums over days are read from the costs files (spending.ts). */

import { priceUsage } from '../../hooks/prices.ts';
import type { StreamSummary } from '../../hooks/stream-summary.ts';
import type { Intent, SessionState, TurnUsage, Verdict } from '../turn/turn-records.ts';

/**
 * USD of one turn. claude 2.1.329 reports a total over the session, so a turn is the difference; a total below the
 * baseline belongs to a session that started over and counts whole. Without a result line: the usage in the stream,
 * priced, or what claude left in the session's transcript (`countedUsd`) where that is more; without either: the most the
 * turn could have cost (`isGuess`: it counts for the day, but no message is given up for it).
 * claude prints its init line before it asks the model: without that line nothing was spent. With it and not one byte of an
 * answer, the request may have gone out (a SIGINT 80 ms after it leaves neither result line nor usage, measured): what it
 * came to then, the API alone knows.
 */
export function costOfTurn(
  verdict: Verdict,
  summary: StreamSummary,
  intent: Intent,
  countedUsd: number | null = null,
): { usd: number; isGuess: boolean } {
  const known = (usd: number) => ({ usd, isGuess: false });
  const grownTo = (totalUsd: number) => (totalUsd >= intent.baselineUsd ? totalUsd - intent.baselineUsd : totalUsd);
  if (['void', 'expired', 'session-lost'].includes(verdict.kind)) return known(0);
  const total = summary.result?.totalCostUsd ?? null;
  if (total !== null) return known(grownTo(total));
  const priced = Math.max(priceUsage(summary.usageByModel), countedUsd === null ? 0 : grownTo(countedUsd));
  if (priced > 0 || summary.sessionId === null) return known(priced);
  return { usd: intent.perTurnUsd, isGuess: true };
}

/** Tokens of the turn over all models. */
export function usageOfTurn(summary: StreamSummary): TurnUsage {
  const usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  for (const tokens of Object.values(summary.usageByModel)) {
    usage.input += tokens.inputTokens;
    usage.output += tokens.outputTokens;
    usage.cacheRead += tokens.cacheReadTokens;
    usage.cacheWrite += tokens.cacheWriteTokens;
  }
  return usage;
}

/** Contexts smaller than this are not worth a word. */
const WORTH_TOKENS = 5_000;

/** Whether a resumed turn wrote (nearly) the whole conversation to the prompt cache although it had stood there. */
export const missedCache = (usage: TurnUsage, before: SessionState | null): boolean =>
  before !== null && before.contextTokens >= WORTH_TOKENS && usage.cacheWrite >= before.contextTokens * 0.8;
