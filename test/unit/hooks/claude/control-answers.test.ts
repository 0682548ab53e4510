import { expect, test } from 'vitest';
import { contextUsage, controlAnswer, planWindows } from '#hooks/claude/control-answers.ts';

const line = (response: object) => `${JSON.stringify({ type: 'control_response', response })}\n`;
const SOON = '2026-11-30T17:00:00.000Z';

test('an answer is found by its request, among other lines, also in half of one', () => {
  const text = `{"type":"result"}\n${line({ subtype: 'success', request_id: 'r1', response: { a: 1 } })}${line({
    subtype: 'error',
    request_id: 'r2',
    error: 'no',
  })}{"type":"control_response","respo`;
  expect(controlAnswer(text, 'r1')).toEqual({ a: 1 });
  expect(controlAnswer(text, 'r2')).toBeNull();
  expect(controlAnswer(text, 'r3')).toBeUndefined();
});

test('a context without its numbers is not known', () => {
  expect(contextUsage({ totalTokens: 18_802, maxTokens: 200_000, percentage: 9 })).toEqual({
    tokens: 18_802,
    window: 200_000,
  });
  for (const odd of [null, 'x', {}, { totalTokens: 1 }, { totalTokens: 1, maxTokens: 0 }])
    expect(contextUsage(odd)).toBeNull();
});

test('the windows of a plan, as the SDK documents them; an API key has none', () => {
  const rate_limits = {
    five_hour: { utilization: 85, resets_at: SOON },
    seven_day: { utilization: 12.5, resets_at: null },
    seven_day_oauth_apps: null,
    seven_day_opus: { utilization: null, resets_at: null },
    model_scoped: [{ display_name: 'Fable', utilization: 1, resets_at: 'some day' }],
    extra_usage: { is_enabled: true, monthly_limit: 10, used_credits: 9, utilization: 90 },
  };
  expect(planWindows({ subscription_type: 'max', rate_limits_available: true, rate_limits })).toEqual([
    { name: 'five_hour', used: 0.85, resetsAt: SOON },
    { name: 'seven_day', used: 0.125, resetsAt: null },
    { name: 'Fable', used: 0.01, resetsAt: null },
  ]);
  expect(planWindows({ rate_limits_available: false, rate_limits: null })).toBeNull();
  expect(planWindows(null)).toBeNull();
});
