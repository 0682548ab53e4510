import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { summarizeStream } from '../../../../hooks/stream-summary.ts';
import { costOfTurn, missedCache, usageOfTurn } from '../../../../runner/gates/money.ts';
import type { Intent, SessionState, Verdict } from '../../../../runner/turn/turn-records.ts';
import { resultLine } from '../agent-world.ts';

const answered: Verdict = { kind: 'answered', text: 'x' };
const interrupted: Verdict = { kind: 'interrupted', reason: 'killed' };
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
    expect(costOfTurn(answered, totalling(0.75), intentWith({ baselineUsd: 0.5 })).usd).toBe(0.25);
    expect(costOfTurn(answered, totalling(0.75), intentWith({})).usd).toBe(0.75);
    expect(costOfTurn(answered, totalling(0.5), intentWith({ baselineUsd: 0.5 })).usd).toBe(0);
  });

  test('is the whole total where that is below the baseline: the session started over', () => {
    expect(costOfTurn(answered, totalling(0.2), intentWith({ baselineUsd: 0.5 })).usd).toBe(0.2);
  });

  test('counts for every ending that has a total, errors and interruptions too', () => {
    expect(costOfTurn(interrupted, totalling(0.2), intentWith({})).usd).toBe(0.2);
    expect(costOfTurn({ kind: 'failed', reason: '' }, totalling(0.2), intentWith({})).usd).toBe(0.2);
  });

  test('without a result line is what the tokens in the stream cost', () => {
    const usage = {
      input_tokens: 1_000_000,
      output_tokens: 0,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
    };
    const summary = summarizeStream(assistant('m1', usage));
    expect(costOfTurn(interrupted, summary, intentWith({})).usd).toBeCloseTo(5, 3);
  });

  test('is nothing before the line that claude prints ahead of its first request', () => {
    expect(costOfTurn(interrupted, summarizeStream(''), intentWith({}))).toEqual({ usd: 0, isGuess: false });
  });

  test('without a result line and without tokens is the most that it may have been, as a guess', () => {
    const killed = readFileSync(new URL('../../../fixtures/stream/killed.jsonl', import.meta.url), 'utf8');
    expect(costOfTurn(interrupted, summarizeStream(killed), intentWith({ perTurnUsd: 0.7 }))).toEqual({
      usd: 0.7,
      isGuess: true,
    });
  });

  test('without a result line is at least what claude left in the session as its total', () => {
    const usage = { input_tokens: 1000, output_tokens: 0 };
    const summary = summarizeStream(assistant('m1', usage));
    const cost = (countedUsd: number | null) =>
      costOfTurn(interrupted, summary, intentWith({ baselineUsd: 0.5 }), countedUsd);
    expect(cost(0.75)).toEqual({ usd: 0.25, isGuess: false });
    // Of the words of a message that was cut off, claude counts nothing.
    expect(cost(0.5).usd).toBeCloseTo(0.005, 3);
    expect(cost(null).usd).toBeCloseTo(0.005, 3);
  });

  test('of a request without one byte of an answer is the most that it may have been, though claude counted nothing', () => {
    const interruption =
      '{"type":"user","message":{"role":"user","content":[{"type":"text","text":"[Request interrupted by user]"}]}}\n';
    const init = '{"type":"system","subtype":"init","session_id":"s","model":"m","tools":[]}\n';
    const intent = intentWith({ baselineUsd: 0.5, perTurnUsd: 0.7 });
    const cost = costOfTurn(interrupted, summarizeStream(init + interruption), intent, 0.5);
    expect(cost).toEqual({ usd: 0.7, isGuess: true });
  });

  test.each(['void', 'expired', 'session-lost'] as const)('is nothing where no model was asked (%s)', kind => {
    expect(costOfTurn({ kind, reason: '' }, summarizeStream(''), intentWith({})).usd).toBe(0);
  });

  test('is never below nothing and never NaN, whatever the result line says', () => {
    for (const total of [0, 0.1, null, 'x', Number.NaN]) {
      const cost = costOfTurn(answered, summarizeStream(resultLine({ total_cost_usd: total })), intentWith({}));
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
