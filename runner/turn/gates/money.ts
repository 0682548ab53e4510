/** What a turn cost. Pure; sums over days are read from the costs files (spending.ts). */
import { limits } from '#blackboard/system/limits.ts';
import type { CostBasis, Intent, SessionState, TurnUsage } from '#blackboard/turns/turn-records.ts';
import { leastUsd, priceUsage } from '#hooks/claude/prices.ts';
import type { StreamSummary } from '#hooks/claude/stream-summary.ts';

/** What is known of a turn's request besides its stream. */
export interface RequestFacts {
  promptBytes: number;
  /** Tokens of the conversation that it resumed; 0: a new one, or unknown. */
  contextTokens: number;
  /** From the intent to now, milliseconds: more it cannot have been writing. */
  elapsedMs: number;
}

export interface TurnCost {
  usd: number;
  basis: CostBasis;
  /** What claude reported, if that is so much less that a person should know; absent if it is about the same. */
  reportedUsd?: number;
}

/**
 * USD of one turn, never less than what claude or the stream shows. claude reports a total over the session, so a turn is the
 * difference (a total below the baseline belongs to a session that started over, or to one whose last process was killed: it counts whole where claude
 * does not tell the run's own sum), and, from 2.1.332 on, the
 * run's own sum: the greater one. What the stream holds beyond the last result line (a further round that was killed) is
 * priced on top. A report is not believed where the tokens in the stream cannot have cost so little, a report of nothing least of
 * all: claude prices a login by plan as well, and its init line would not prove one (`apiKeySource` is "none" for a plan's token, for
 * ANTHROPIC_AUTH_TOKEN and for no login at all; CLI 2.1.332). Without a result line: the usage in the stream, priced, or what claude left in the session's transcript
 * (`countedUsd`) where that is more.
 * Nothing of all that: claude prints its init line before it asks the model, and without that line nothing was spent. With it
 * and not one byte of an answer, the request may have gone out (a SIGINT 80 ms after it leaves neither result line nor usage,
 * measured): an estimate on the dear side, which counts for the day, but no message is given up for it.
 */
export function costOfTurn(
  summary: StreamSummary,
  intent: Pick<Intent, 'baselineUsd' | 'perTurnUsd'>,
  request: RequestFacts,
  countedUsd: number | null = null,
): TurnCost {
  const { baselineUsd } = intent;
  const grownTo = (totalUsd: number) =>
    totalUsd >= baselineUsd ? totalUsd - baselineUsd : (summary.reportedUsd ?? totalUsd);
  const total = summary.result?.totalCostUsd ?? null;
  const counted = countedUsd === null ? 0 : grownTo(countedUsd);
  const shown = priceUsage(summary.usageByModel);
  if (total !== null || summary.reportedUsd !== null) {
    const reported = Math.max(total === null ? 0 : grownTo(total), summary.reportedUsd ?? 0);
    const said = Math.max(reported > 0 ? reported + priceUsage(summary.unreportedByModel) : 0, counted);
    const usd = said > 0 ? Math.max(said, leastUsd(summary.usageByModel)) : shown;
    return usd > said * DOUBTED ? { usd, basis: 'shown', reportedUsd: said } : { usd, basis: 'reported' };
  }
  if (Math.max(shown, counted) > 0) return { usd: Math.max(shown, counted), basis: 'shown' };
  if (summary.sessionId === null) return { usd: 0, basis: 'nothing' };
  return { usd: Math.min(intent.perTurnUsd, estimateUsd(summary.model, request)), basis: 'estimated' };
}

/** A difference above this is mentioned: smaller ones are rounding and estimates from characters. */
const DOUBTED = 1.5;

/**
 * The most that one request of this size costs: all of its input written to the prompt cache, which is the most
 * expensive way to send it, and an answer written as fast as models write for the whole turn.
 */
function estimateUsd(model: string, { promptBytes, contextTokens, elapsedMs }: RequestFacts): number {
  const own = Math.ceil(promptBytes / limits.tokenBytesMin);
  const written = Math.ceil((Math.max(0, elapsedMs) / 1000) * limits.outputTokensPerSecondMax);
  return priceUsage({
    [model]: {
      inputTokens: 0,
      outputTokens: Math.min(limits.outputTokensMax, written),
      cacheReadTokens: 0,
      cacheWriteTokens: Math.max(contextTokens, limits.bareRequestTokens) + own,
    },
  });
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

/** Smaller contexts are not mentioned. */
const WORTH_TOKENS = 5_000;

/** Whether a resumed turn wrote (nearly) the whole conversation to the prompt cache although it had stood there. */
export const missedCache = (usage: TurnUsage, before: SessionState | null): boolean =>
  before !== null && before.contextTokens >= WORTH_TOKENS && usage.cacheWrite >= before.contextTokens * 0.8;
