import { expect, test } from 'vitest';
import { leastUsd, priceUsage } from '#hooks/claude/prices.ts';

const none = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
const million = { inputTokens: 1e6, outputTokens: 1e6, cacheReadTokens: 1e6, cacheWriteTokens: 1e6 };

test.each([
  // model, then what CLI 2.1.329 charged for 1 input and 1000 output, 1 cache-read and 1000 five-minute cache-write tokens
  ['claude-opus-5-5', 20004e-6, 5000.2e-6],
  ['claude-sonnet-5-5', 10002e-6, 2500.1e-6],
  ['claude-sonnet-4-5', 15003e-6, 3750.3e-6],
  ['claude-haiku-4-5', 5001e-6, 1250.1e-6],
  ['claude-fable-5-2', 40008e-6, 10000.2e-6],
])('the least is never more than what the CLI charged: %s', (model, plain, cached) => {
  const price = (usage: object) => leastUsd({ [model]: { ...none, ...usage } });
  expect(price({ inputTokens: 1, outputTokens: 1000 })).toBeLessThanOrEqual(plain);
  expect(price({ cacheReadTokens: 1, cacheWriteTokens: 1000 })).toBeLessThanOrEqual(cached + 1e-12);
});

test('an answer of many characters and few tokens makes no report doubtful: its tokens are only guessed', () => {
  // 200 characters are guessed to be 50 tokens; with 6 of them (blanks, long words) a turn costs 0.00016.
  const guessed = leastUsd({ 'claude-opus-5-5': { ...none, inputTokens: 10, outputTokens: 50 } });
  expect(guessed).toBeLessThan(0.0002);
});

test('each kind of token has its price per million, in USD', () => {
  expect(priceUsage({ 'claude-sonnet-4-5': { ...none, inputTokens: 1e6 } })).toBe(3);
  expect(priceUsage({ 'claude-sonnet-4-5': { ...none, outputTokens: 1e6 } })).toBe(15);
  expect(priceUsage({ 'claude-sonnet-4-5': { ...none, cacheReadTokens: 1e6 } })).toBe(0.3);
  expect(priceUsage({ 'claude-sonnet-4-5': { ...none, cacheWriteTokens: 1e6 } })).toBe(6);
});

test('models of one turn add up, and no usage costs nothing', () => {
  const both = priceUsage({ opus: million, 'claude-haiku-5-5': million });
  expect(both).toBeCloseTo(priceUsage({ opus: million }) + priceUsage({ 'claude-haiku-5-5': million }), 10);
  expect(priceUsage({})).toBe(0);
  expect(priceUsage({ opus: none })).toBe(0);
});

test('a model that nobody knows costs as much as the dearest', () => {
  for (const known of ['opus', 'sonnet', 'haiku']) {
    expect(priceUsage({ 'claude-next-9': million })).toBeGreaterThan(priceUsage({ [known]: million }));
  }
});

test.each([
  // model, then what CLI 2.1.329 charged for 1 input and 1000 output, 1 cache-read and 1000 five-minute cache-write tokens
  ['claude-opus-5-5', 20004e-6, 5000.2e-6],
  ['claude-opus-4-5', 25005e-6, 6250.5e-6],
  ['claude-sonnet-5-5', 10002e-6, 2500.1e-6],
  ['claude-sonnet-4-5', 15003e-6, 3750.3e-6],
  ['claude-haiku-4-5', 5001e-6, 1250.1e-6],
  ['claude-fable-5-2', 40008e-6, 10000.2e-6],
])('never less than what the CLI charged: %s', (model, plain, cached) => {
  const price = (usage: object) => priceUsage({ [model]: { ...none, ...usage } }) + 1e-12;
  expect(price({ inputTokens: 1, outputTokens: 1000 })).toBeGreaterThanOrEqual(plain);
  expect(price({ cacheReadTokens: 1, cacheWriteTokens: 1000 })).toBeGreaterThanOrEqual(cached);
});
