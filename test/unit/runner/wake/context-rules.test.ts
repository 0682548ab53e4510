import { expect, test } from 'vitest';
import type { LastTurn } from '#hooks/claude/transcript-tail.ts';
import { isFor, type RuleStep, ruleStep, windowOf } from '#runner/wake/context-rules.ts';

const RULE = { when: 'context > 0.6 and idle' };
const OPUS = 'claude-opus-5-5';

test.each<[RuleStep, number | null, LastTurn['turn'] | null, boolean]>([
  ['act', 700_000, 'ended', false],
  ['none', 700_000, 'ended', true],
  ['wait', 700_000, 'prompted', false],
  ['wait', 700_000, 'tool', false],
  ['wait', 700_000, 'interrupted', false],
  ['none', 600_000, 'ended', false],
  ['forget', 600_000, 'ended', true],
  // /compact and /clear: also where nothing was asked since.
  ['forget', 20_000, 'none', true],
  ['none', null, 'ended', true],
  ['none', 700_000, null, false],
])('%s: %s tokens of a million, the turn %s, crossed %s', (step, tokens, turn, isCrossed) => {
  const context = tokens === null ? null : { tokens, model: OPUS };
  expect(ruleStep(RULE, { context, turn: turn && { turn, fault: null }, isCrossed })).toBe(step);
});

test('after an error of the API nothing is sent, which would fail like it', () => {
  const context = { tokens: 700_000, model: OPUS };
  expect(ruleStep(RULE, { context, turn: { turn: 'ended', fault: 'api-error' }, isCrossed: false })).toBe('wait');
});

test.each([
  [OPUS, 1_000_000],
  ['claude-sonnet-5-5-20260901', 1_000_000],
  ['claude-sonnet-4-5[1m]', 1_000_000],
  ['claude-haiku-4-5', 200_000],
  ['claude-next-15-50', 200_000],
  [null, 200_000],
])('%s takes %s tokens', (model, tokens) => {
  expect(windowOf(model)).toBe(tokens);
});

test('a window that the rule names goes first', () => {
  const facts = {
    context: { tokens: 70, model: OPUS },
    turn: { turn: 'ended', fault: null } as const,
    isCrossed: false,
  };
  expect(ruleStep({ ...RULE, window: 100 }, facts)).toBe('act');
});

test('a rule is for all, or for those that it names', () => {
  const peer = { id: 'i', name: 'app-main' };
  expect([{}, { sessions: ['app-main'] }, { sessions: ['i'] }].map(rule => isFor(rule, peer))).toEqual([
    true,
    true,
    true,
  ]);
  expect(isFor({ sessions: ['other'] }, peer)).toBe(false);
});
