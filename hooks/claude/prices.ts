// What tokens cost. For a run that died without a result line this is a high estimate, so that budgets hold; beside a
// result line it is the least that they can have cost: claude's own total is used, unless it is below that.
import type { TokenUsage } from '#hooks/claude/stream.ts';

/** USD per million tokens. */
interface Price {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  /** Kept for an hour, as with subscriptions: 1.6 times the price of five minutes. */
  readonly cacheWrite: number;
}

/**
 * The most expensive model of each family, generations 4.5 to 5.5. Source: what CLI 2.1.329 charged for scripted token
 * counts (`modelUsage.*.costUSD`, costBasis "list"), measured 2026-11-21.
 */
const families: Readonly<Record<string, Price>> = {
  opus: { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 10 },
  sonnet: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 6 },
  haiku: { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 2 },
};

/**
 * For a family that is not in the table: the highest rate of each kind (the CLI's `fable`, and opus for cache reads).
 */
const dearest: Price = { input: 8, output: 40, cacheRead: 0.5, cacheWrite: 16 };

/** The cheapest model of each family, with five-minute caching: measured as above. */
const least: Readonly<Record<string, Price>> = {
  opus: { input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 },
  sonnet: { input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 },
  haiku: { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 },
};

/** USD for the tokens of each model, by the model's full name ("claude-opus-5-5") or alias. No usage costs 0. */
export function priceUsage(usageByModel: Readonly<Record<string, TokenUsage>>): number {
  return sumOf(usageByModel, family => (family === null ? dearest : families[family]!));
}

const WRITTEN_LEAST = 8;

/**
 * The least that these tokens can have cost; a total below it is not believed. Only an eighth of the output counts: its
 * token count is an estimate (4 characters each), and no text has more than 32 characters per token. An unknown model
 * may be the cheapest.
 */
export function leastUsd(usageByModel: Readonly<Record<string, TokenUsage>>): number {
  const written = Object.fromEntries(
    Object.entries(usageByModel).map(([model, usage]) => [
      model,
      { ...usage, outputTokens: usage.outputTokens / WRITTEN_LEAST },
    ]),
  );
  return sumOf(written, family => (family === null ? least.haiku! : least[family]!));
}

function sumOf(usageByModel: Readonly<Record<string, TokenUsage>>, priceFor: (family: string | null) => Price): number {
  let sum = 0;
  for (const [model, usage] of Object.entries(usageByModel)) {
    const family = Object.keys(families).find(name => model.toLowerCase().includes(name)) ?? null;
    sum += priceOf(priceFor(family), usage);
  }
  return sum;
}

function priceOf(price: Price, usage: TokenUsage): number {
  const microUsd =
    usage.inputTokens * price.input +
    usage.outputTokens * price.output +
    usage.cacheReadTokens * price.cacheRead +
    usage.cacheWriteTokens * price.cacheWrite;
  return microUsd / 1e6;
}
