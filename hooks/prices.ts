// What tokens cost, for the one case in which the CLI does not say: a run that died without a result line.
// A result line's own total always goes first; this only has to err on the dear side, so that budgets hold.
import type { TokenUsage } from './stream.ts';

/** USD per million tokens. */
interface Price {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  /** Kept for an hour, as subscriptions do: 1.6 times what five minutes cost. */
  readonly cacheWrite: number;
}

/**
 * The dearest model of each family, generations 4.5 to 5.5. Source: what CLI 2.1.329 charged for scripted token counts
 * (`modelUsage.*.costUSD`, costBasis "list"), measured 2026-11-21.
 */
const families: Readonly<Record<string, Price>> = {
  opus: { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 10 },
  sonnet: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 6 },
  haiku: { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 2 },
};

/** No family of the table: the highest rate seen of each kind (the CLI's `fable`, and opus for cache reads). */
const dearest: Price = { input: 8, output: 40, cacheRead: 0.5, cacheWrite: 16 };

/** USD for the tokens of each model, by the model's full name ("claude-opus-5-5") or alias. No usage costs 0. */
export function priceUsage(usageByModel: Readonly<Record<string, TokenUsage>>): number {
  return Object.entries(usageByModel).reduce((sum, [model, usage]) => sum + priceOf(model, usage), 0);
}

function priceOf(model: string, usage: TokenUsage): number {
  const family = Object.keys(families).find(name => model.toLowerCase().includes(name));
  const price = family === undefined ? dearest : families[family]!;
  const microUsd =
    usage.inputTokens * price.input +
    usage.outputTokens * price.output +
    usage.cacheReadTokens * price.cacheRead +
    usage.cacheWriteTokens * price.cacheWrite;
  return microUsd / 1e6;
}
