import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseStreamLine } from '#hooks/claude/stream.ts';

/** Printed by the real CLI 2.1.329; init lines are shortened. */
const captured = (name: string) =>
  readFileSync(new URL(`../../../fixtures/stream/${name}.jsonl`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
const typesOf = (name: string) => captured(name).map(line => parseStreamLine(line).type);
const findEvent = (name: string, type: string) =>
  captured(name)
    .map(parseStreamLine)
    .find(event => event.type === type);

test('a captured turn with a tool reads as it happened', () => {
  expect(typesOf('tool')).toEqual(['init', 'text', 'toolUse', 'toolResult', 'text', 'result']);
  expect(findEvent('tool', 'init')).toMatchObject({
    model: 'claude-opus-5-5',
    tools: expect.arrayContaining(['Bash']),
  });
  expect(findEvent('tool', 'toolUse')).toMatchObject({
    id: 'toolu_2_0',
    name: 'Bash',
    input: { command: 'echo nonce-t' },
    part: { messageId: 'msg_2', model: 'claude-opus-5-5', parentToolUseId: null },
  });
  expect(findEvent('tool', 'toolResult')).toEqual({
    type: 'toolResult',
    toolUseId: 'toolu_2_0',
    isError: false,
    text: 'nonce-t',
  });
});

test('a denied tool is an error to the model and a denial in a result that is none', () => {
  expect(findEvent('tool-denied', 'toolResult')).toMatchObject({ isError: true });
  expect(findEvent('tool-denied', 'result')).toMatchObject({
    isError: false,
    subtype: 'success',
    terminalReason: 'completed',
    numTurns: 2,
    totalCostUsd: 0.0003012,
    text: 'answer 5',
    denials: [{ tool: 'Bash', toolUseId: 'toolu_4_0', input: { command: 'touch x' } }],
    apiErrorStatus: null,
    errors: [],
  });
});

test('a retry after an API error tells when and why', () => {
  expect(findEvent('api-429-then-well', 'apiRetry')).toEqual({
    type: 'apiRetry',
    attempt: 1,
    retryDelayMs: 1090,
    errorStatus: 429,
    message: 'rate_limit',
  });
});

test('an unknown session and a blocked prompt are results of no turns without a terminal reason', () => {
  expect(findEvent('unknown-session', 'result')).toMatchObject({
    isError: true,
    numTurns: 0,
    terminalReason: null,
    errors: [expect.stringMatching(/^No conversation found with session ID/)],
  });
  expect(findEvent('blocked', 'result')).toMatchObject({ isError: false, numTurns: 0, terminalReason: null });
});

test('a sub-agent speaks under the tool call that started it, and background tasks are counted', () => {
  const events = captured('sub-agent').map(parseStreamLine);
  const parents = events.flatMap(event => (event.type === 'text' ? [event.part.parentToolUseId] : []));
  expect(parents).toEqual([null, null, 'toolu_31_0', null]);
  expect(events.flatMap(event => (event.type === 'backgroundTasks' ? [event.open] : []))).toEqual([1, 0]);
});

test('a rate limit tells in milliseconds when it ends', () => {
  const line = { type: 'rate_limit_event', rate_limit_info: { status: 'rejected', resetsAt: 1_795_230_000 } };
  expect(parseStreamLine(JSON.stringify(line))).toEqual({
    type: 'rateLimit',
    status: 'rejected',
    resetsAtMs: 1_795_230_000_000,
  });
});

test('a result of a tool in blocks is read as text, a prompt that is repeated is not a tool result', () => {
  const user = (content: unknown) => parseStreamLine(JSON.stringify({ type: 'user', message: { content } }));
  const blocks = [{ type: 'text', text: 'a' }, { type: 'image' }, { type: 'text', text: 'b' }];
  expect(user([{ type: 'tool_result', tool_use_id: 't', content: blocks }])).toMatchObject({ text: 'a\nb' });
  expect(user('hello')).toEqual({ type: 'other', name: 'user' });
});

test('thinking is counted but not shown', () => {
  const message = { id: 'm', model: 'x', content: [{ type: 'thinking', thinking: '12345678' }] };
  expect(parseStreamLine(JSON.stringify({ type: 'assistant', message }))).toMatchObject({
    type: 'thinking',
    part: { contentChars: 8, usage: { outputTokens: 0 } },
  });
});

test('what a later CLI adds is other, and what is no line of it is garbage', () => {
  expect(parseStreamLine('{"type":"system","subtype":"hook_started"}')).toEqual({
    type: 'other',
    name: 'system/hook_started',
  });
  expect(parseStreamLine('{"type":"hologram","subtype":7}')).toEqual({ type: 'other', name: 'hologram' });
  for (const line of ['', '{"type":"resu', 'Segmentation fault', '[]', 'null', '"x"', '{"type":1}', '{}']) {
    expect(parseStreamLine(line), line).toEqual({ type: 'garbage' });
  }
});

test('no line whatever makes it throw, also when every field has the wrong type', () => {
  fc.assert(fc.property(fc.string(), line => void parseStreamLine(line)));
  const types = fc.constantFrom('assistant', 'user', 'result', 'rate_limit_event', 'system');
  const line = fc.record({
    type: types,
    subtype: fc.constantFrom('init', 'api_retry', 'background_tasks_changed', undefined, 3),
    message: fc.jsonValue(),
    rate_limit_info: fc.jsonValue(),
    permission_denials: fc.jsonValue(),
    tasks: fc.jsonValue(),
    num_turns: fc.jsonValue(),
  });
  fc.assert(fc.property(line, value => parseStreamLine(JSON.stringify(value)).type !== 'garbage'));
});
