import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Intent, SessionState } from '#blackboard/turns/turn-records.ts';
import { type StreamSummary, summarizeStream } from '#hooks/claude/stream-summary.ts';
import { costOfTurn, missedCache, type RequestFacts, usageOfTurn } from '#runner/turn/gates/money.ts';
import { resultLine } from '#test/unit/runner/agent-world.ts';

const request: RequestFacts = { promptBytes: 0, contextTokens: 0, elapsedMs: 0 };
const costOf = (summary: StreamSummary, intent: Intent, countedUsd: number | null = null) =>
  costOfTurn(summary, intent, request, countedUsd);
const intentWith = (changes: Partial<Intent>): Intent => ({
  turn: 1,
  kind: 'work',
  at: '2026-11-21T12:00:00.000Z',
  sessionId: 's',
  resume: true,
  mark: 'm',
  transcriptBytes: 0,
  baselineUsd: 0,
  messages: [],
  carry: [],
  board: null,
  perTurnUsd: 2,
  ...changes,
});
const assistant = (id: string, usage: object) =>
  `${JSON.stringify({
    type: 'assistant',
    message: { id, model: 'claude-opus-5-5', usage, content: [{ type: 'text', text: 'x' }] },
  })}\n`;
const totalling = (total: number | null) => summarizeStream(resultLine({ total_cost_usd: total }));

describe('the cost of a turn', () => {
  test('is what the session’s total has grown by', () => {
    expect(costOf(totalling(0.75), intentWith({ baselineUsd: 0.5 })).usd).toBe(0.25);
    expect(costOf(totalling(0.75), intentWith({})).usd).toBe(0.75);
    expect(costOf(totalling(0.5), intentWith({ baselineUsd: 0.5 })).usd).toBe(0);
  });

  test('is the whole total where that is below the baseline: the session started over', () => {
    expect(costOf(totalling(0.2), intentWith({ baselineUsd: 0.5 })).usd).toBe(0.2);
  });

  test('is never less than what the run itself reports, also where the session’s total says less', () => {
    const run = (costUSD: number) => ({ model_usage_since_last_result: { a: { costUSD }, b: { costUSD: 0.1 } } });
    const both = (total: number, usd: number) => summarizeStream(resultLine({ total_cost_usd: total, ...run(usd) }));
    expect(costOf(both(0.6, 0.4), intentWith({ baselineUsd: 0.5 }))).toEqual({ usd: 0.5, basis: 'reported' });
    expect(costOf(both(0.75, 0), intentWith({ baselineUsd: 0.5 })).usd).toBe(0.25);
    // The process before was killed: claude goes on from an older total.
    expect(costOf(both(0.45, 0.1), intentWith({ baselineUsd: 0.5 }), 0.45).usd).toBeCloseTo(0.2, 10);
    const two = summarizeStream(resultLine(run(0.2)) + resultLine(run(0.3)));
    expect(costOf(two, intentWith({ baselineUsd: 9 })).usd).toBeCloseTo(0.7, 10);
  });

  test('has what the stream holds after the last result line on top: a further round that was killed', () => {
    const round = assistant('m2', { input_tokens: 0, cache_read_input_tokens: 1e6 });
    const summary = summarizeStream(assistant('m1', {}) + resultLine({ total_cost_usd: 0.2 }) + round);
    expect(costOf(summary, intentWith({})).usd).toBeCloseTo(0.7, 3);
  });

  test('is what the stream shows where claude says that it was nothing', () => {
    const summary = summarizeStream(
      assistant('m1', { cache_read_input_tokens: 1e6 }) + resultLine({ total_cost_usd: 0 }),
    );
    const cost = costOf(summary, intentWith({}));
    expect(cost).toMatchObject({ basis: 'shown', reportedUsd: 0 });
    expect(cost.usd).toBeCloseTo(0.5, 3);
  });

  test.each(['none', 'ANTHROPIC_API_KEY'])(
    'nothing is not believed beside tokens, no matter who pays (apiKeySource %s)',
    source => {
      const init = `{"type":"system","subtype":"init","session_id":"s","model":"claude-opus-5-5","tools":[],"apiKeySource":"${source}"}\n`;
      const tokens = assistant('m1', { input_tokens: 1e6 });
      const stream =
        init + tokens + resultLine({ total_cost_usd: 0, model_usage_since_last_result: { a: { costUSD: 0 } } });
      expect(costOf(summarizeStream(stream), intentWith({})).usd).toBeCloseTo(5, 3);
    },
  );

  test('is the least that the tokens can have cost where claude says less, with what it said', () => {
    const tokens = assistant('m1', { input_tokens: 1e6 });
    const cost = (total: number) =>
      costOf(summarizeStream(tokens + resultLine({ total_cost_usd: total })), intentWith({}));
    expect(cost(0.01)).toMatchObject({ basis: 'shown', reportedUsd: 0.01 });
    expect(cost(0.01).usd).toBeCloseTo(4, 3);
    // About as much is no matter for a word, and more is what claude knows better.
    expect(cost(3.9)).toMatchObject({ basis: 'reported' });
    expect(cost(3.9).usd).toBeCloseTo(4, 3);
    expect(cost(6)).toEqual({ usd: 6, basis: 'reported' });
  });

  test('is what claude left in the session where that is more than its result line', () => {
    expect(costOf(totalling(0.2), intentWith({}), 0.3).usd).toBe(0.3);
  });

  test('without a result line is what the tokens in the stream cost', () => {
    const usage = {
      input_tokens: 1_000_000,
      output_tokens: 0,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
    };
    const summary = summarizeStream(assistant('m1', usage));
    expect(costOf(summary, intentWith({})).usd).toBeCloseTo(5, 3);
  });

  test('is nothing before the line that claude prints ahead of its first request', () => {
    expect(costOf(summarizeStream(''), intentWith({}))).toEqual({ usd: 0, basis: 'nothing' });
  });

  describe('without a result line and without tokens', () => {
    const killed = summarizeStream(
      readFileSync(new URL('../../../../fixtures/stream/killed.jsonl', import.meta.url), 'utf8'),
    );
    const estimate = (facts: Partial<RequestFacts>, perTurnUsd = 2) =>
      costOfTurn(killed, intentWith({ perTurnUsd }), { ...request, ...facts });

    test('is an estimate: a bare request written to the cache, at the price of the model that the stream names', () => {
      expect(killed.model).toBe('claude-opus-5-5');
      expect(estimate({})).toEqual({ usd: 0.2, basis: 'estimated' });
    });

    test('has the conversation and the prompt in it, and what may have been written in that time', () => {
      expect(estimate({ contextTokens: 100_000 }).usd).toBeCloseTo(1, 6);
      expect(estimate({ promptBytes: 30_000 }).usd).toBeCloseTo(0.3, 6);
      expect(estimate({ elapsedMs: 4_000 }).usd).toBeCloseTo(0.225, 6);
      expect(estimate({ elapsedMs: -4_000 }).usd).toBeCloseTo(0.2, 6);
    });

    test('is never more than the turn was allowed', () => {
      expect(estimate({ elapsedMs: 3_600_000 }, 0.7)).toEqual({ usd: 0.7, basis: 'estimated' });
    });

    test('three turns that were cancelled within seconds are a small part of a day', () => {
      expect(3 * estimate({ promptBytes: 2_000, elapsedMs: 3_000 }).usd).toBeLessThan(0.75);
    });
  });

  test('without a result line is at least what claude left in the session as its total', () => {
    const usage = { input_tokens: 1000, output_tokens: 0 };
    const summary = summarizeStream(assistant('m1', usage));
    const cost = (countedUsd: number | null) => costOf(summary, intentWith({ baselineUsd: 0.5 }), countedUsd);
    expect(cost(0.75)).toEqual({ usd: 0.25, basis: 'shown' });
    // Of the words of a message that was cut off, claude counts nothing.
    expect(cost(0.5).usd).toBeCloseTo(0.005, 3);
    expect(cost(null).usd).toBeCloseTo(0.005, 3);
  });

  test('of a request without one byte of an answer is estimated, though claude counted nothing', () => {
    const interruption =
      '{"type":"user","message":{"role":"user","content":[{"type":"text","text":"[Request interrupted by user]"}]}}\n';
    const init = '{"type":"system","subtype":"init","session_id":"s","model":"m","tools":[]}\n';
    const cost = costOf(summarizeStream(init + interruption), intentWith({ baselineUsd: 0.5, perTurnUsd: 0.7 }), 0.5);
    // Nobody knows a model "m": the dearest rates.
    expect(cost).toEqual({ usd: 0.32, basis: 'estimated' });
  });

  test('is never below nothing and never NaN, whatever the result line says', () => {
    for (const total of [0, 0.1, null, 'x', Number.NaN]) {
      const cost = costOf(summarizeStream(resultLine({ total_cost_usd: total })), intentWith({}));
      expect(cost.usd).toBeGreaterThanOrEqual(0);
    }
  });
});

describe('the prompt cache', () => {
  const before = (contextTokens: number): SessionState => ({
    id: 's',
    totalUsd: 1,
    turns: 3,
    contextTokens,
    rotate: null,
  });
  const usage = (cacheWrite: number) => ({ input: 1, output: 1, cacheRead: 0, cacheWrite });

  test('tokens are summed over all messages and models', () => {
    const one = { input_tokens: 1, output_tokens: 20, cache_read_input_tokens: 3, cache_creation_input_tokens: 4 };
    const summary = summarizeStream(assistant('m1', one) + assistant('m2', one));
    expect(usageOfTurn(summary)).toEqual({ input: 2, output: 40, cacheRead: 6, cacheWrite: 8 });
  });

  test('was missed if a resumed turn wrote nearly the whole conversation again', () => {
    expect(missedCache(usage(79_000), before(100_000))).toBe(false);
    expect(missedCache(usage(80_000), before(100_000))).toBe(true);
  });

  test('is not spoken of for a first turn or a short conversation', () => {
    expect(missedCache(usage(80_000), null)).toBe(false);
    expect(missedCache(usage(4_999), before(4_999))).toBe(false);
  });
});
