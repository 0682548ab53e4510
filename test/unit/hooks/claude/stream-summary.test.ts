import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { summarizeStream } from '#hooks/claude/stream-summary.ts';

/** Printed by the real CLI 2.1.329; the scripted model reports 10 input, 3 cache-read, 2 cache-write tokens per request. */
const captured = (name: string) =>
  readFileSync(new URL(`../../../fixtures/stream/${name}.jsonl`, import.meta.url), 'utf8');
const upTo = (name: string, count: number) => `${captured(name).split('\n').slice(0, count).join('\n')}\n`;

test('a turn that went well', () => {
  const summary = summarizeStream(captured('tool'));
  expect(summary).toMatchObject({ resultCount: 1, isUnfinished: false, lastApiRetry: null, garbageLines: 0 });
  expect(summary.result).toMatchObject({ isError: false, text: 'answer 3', durationMs: expect.any(Number) });
  expect(summary.sessionId).toBe(summary.result!.sessionId);
  expect(summary.contextTokens).toBe(15);
});

describe('what the agent said last', () => {
  const line = (id: string, block: object, more: object = {}) =>
    JSON.stringify({ type: 'assistant', message: { id, model: 'claude-opus-5-5', content: [block], ...more } });
  const said = (id: string, text: string) => line(id, { type: 'text', text });

  test('is all the text of its last message that has some', () => {
    const lines = [said('m1', 'looking'), said('m2', 'first'), said('m2', 'second'), said('m3', ' ')];
    expect(summarizeStream(lines.join('\n')).lastText).toBe('first\nsecond');
    expect(summarizeStream('').lastText).toBeNull();
  });

  test('is not what a sub-agent, or the CLI itself, said after it', () => {
    const sub = JSON.stringify({ ...JSON.parse(said('m2', 'sub')), parent_tool_use_id: 't' });
    const own = line('m3', { type: 'text', text: 'API Error' }, { model: '<synthetic>' });
    expect(summarizeStream([said('m1', 'mine'), sub, own].join('\n')).lastText).toBe('mine');
  });
});

test('the lines of one message count its tokens once', () => {
  const { usageByModel } = summarizeStream(captured('tool'));
  expect(Object.keys(usageByModel)).toEqual(['claude-opus-5-5']);
  // Two messages, the first of them on two lines.
  expect(usageByModel['claude-opus-5-5']).toMatchObject({ inputTokens: 20, cacheReadTokens: 6, cacheWriteTokens: 4 });
});

test('output is counted by what the lines hold, for the CLI prints 1 on every one', () => {
  const line = (text: string, output_tokens: number) =>
    JSON.stringify({
      type: 'assistant',
      message: { id: 'm', model: 'x', usage: { output_tokens }, content: [{ type: 'text', text }] },
    });
  const outputOf = (...lines: string[]) => summarizeStream(lines.join('\n')).usageByModel.x!.outputTokens;
  expect(outputOf(line('y'.repeat(400), 1))).toBe(100);
  expect(outputOf(line('y'.repeat(400), 1), line('y'.repeat(40), 1))).toBe(110);
  expect(outputOf(line('y', 30))).toBe(30);
});

test('an API error costs nothing by itself and leaves the size of the conversation unknown', () => {
  const summary = summarizeStream(captured('api-500'));
  expect(summary.result).toMatchObject({ isError: true, terminalReason: 'api_error', apiErrorStatus: 500 });
  expect(summary).toMatchObject({ usageByModel: {}, contextTokens: null });
  expect(summary.lastApiRetry).toMatchObject({ errorStatus: 500, message: 'server_error' });
});

test.each([
  ['sigint', 'aborted_streaming'],
  ['sigint-tool', 'aborted_tools'],
])('SIGINT leaves an error that says what it broke off: %s', (name, terminalReason) => {
  const { result } = summarizeStream(captured(name));
  expect(result).toMatchObject({ isError: true, subtype: 'error_during_execution', terminalReason });
});

test('a killed turn has no result', () => {
  expect(summarizeStream(captured('killed'))).toMatchObject({ result: null, resultCount: 0, isUnfinished: false });
  expect(summarizeStream('')).toMatchObject({ result: null, sessionId: null, usageByModel: {}, garbageLines: 0 });
});

test('with a background task the first result is not the end, and the last one counts', () => {
  const whole = captured('background-shell');
  const first = whole.split('\n').findIndex(line => line.includes('"result_index":0')) + 1;
  expect(summarizeStream(upTo('background-shell', first))).toMatchObject({ resultCount: 1, isUnfinished: true });
  // The task has ended, the round that hears of it has begun.
  expect(summarizeStream(upTo('background-shell', first + 4))).toMatchObject({ resultCount: 1, isUnfinished: true });
  const summary = summarizeStream(whole);
  expect(summary).toMatchObject({ resultCount: 2, isUnfinished: false, result: { text: 'answer 52' } });
});

test('a further round that has only begun makes the result before it none', () => {
  const [init, ...rest] = captured('tool').trimEnd().split('\n');
  expect(summarizeStream([init, ...rest, init].join('\n'))).toMatchObject({ resultCount: 1, isUnfinished: true });
  expect(summarizeStream([init, ...rest, rest[0]].join('\n'))).toMatchObject({ resultCount: 1, isUnfinished: true });
});

test('a run that was ended while its background task ran is unfinished although it has a result', () => {
  expect(summarizeStream(captured('background-shell-sigterm'))).toMatchObject({ resultCount: 1, isUnfinished: true });
});

test("a sub-agent's tokens are paid for but do not fill the agent's conversation", () => {
  const summary = summarizeStream(captured('sub-agent'));
  expect(summary.usageByModel['claude-opus-5-5']).toMatchObject({ inputTokens: 40 });
  const withoutOwn = captured('sub-agent')
    .split('\n')
    .filter(line => line.includes('"parent_tool_use_id":"toolu'));
  expect(summarizeStream(withoutOwn.join('\n')).contextTokens).toBeNull();
});

test('denials of an earlier round are not lost, and none is told twice', () => {
  const line = (...ids: string[]) =>
    JSON.stringify({
      type: 'result',
      permission_denials: ids.map(id => ({ tool_name: 'Bash', tool_use_id: id, tool_input: {} })),
    });
  const { denials } = summarizeStream(`${line('a', 'b')}\n${line('b', 'c')}\n`);
  expect(denials.map(({ toolUseId }) => toolUseId)).toEqual(['a', 'b', 'c']);
});

test('a run that was killed before its result line has its denials in its own lines', () => {
  const whole = captured('tool-denied').trimEnd().split('\n');
  const denied = [{ tool: 'Bash', toolUseId: 'toolu_4_0', input: { command: 'touch x' } }];
  expect(summarizeStream(whole.slice(0, -1).join('\n')).denials).toEqual(denied);
  expect(summarizeStream(whole.join('\n')).denials).toEqual(denied);
  expect(summarizeStream(whole.slice(0, 3).join('\n')).denials).toEqual([]);
});

test('only a limit that refused something tells a reset time', () => {
  const line = (status: string, resetsAt: number) =>
    JSON.stringify({ type: 'rate_limit_event', rate_limit_info: { status, resetsAt } });
  expect(summarizeStream(`${line('allowed_warning', 5)}\n`).rateLimitResetsAtMs).toBeNull();
  expect(summarizeStream(`${line('rejected', 9)}\n${line('allowed', 5)}\n`).rateLimitResetsAtMs).toBe(9000);
});

test('a stream torn at any byte is read up to there', () => {
  const whole = captured('tool-denied');
  for (let length = 0; length < whole.length; length += 97) {
    const summary = summarizeStream(whole.slice(0, length));
    expect(summary.garbageLines).toBe(0);
    expect(summary.result).toBeNull();
  }
});

test('garbage lines are counted and hide nothing', () => {
  const summary = summarizeStream(`node: warning\n\n${captured('tool')}{"type":"res`);
  expect(summary).toMatchObject({ garbageLines: 1, resultCount: 1 });
});

describe('of a claude that tells which lines a result answers', () => {
  const init = { type: 'system', subtype: 'init', session_id: 's', model: 'm', capabilities: ['msg_lifecycle_v1'] };
  const ended = (text: string, costUSD: number, more: object) => ({
    type: 'result',
    subtype: 'success',
    is_error: false,
    num_turns: 1,
    terminal_reason: 'completed',
    result: text,
    model_usage_since_last_result: { m: { costUSD } },
    ...more,
  });
  const ours = ended('ours', 1, { user_message_uuids: ['line'] });
  const afterTask = ended('after the task', 2, { origin: { kind: 'task-notification' } });
  const ofPeer = ended('of a peer', 4, { origin: { kind: 'peer' } });
  const said = (text: string) => ({ type: 'assistant', message: { id: text, content: [{ type: 'text', text }] } });
  const summaryOf = (...lines: object[]) =>
    summarizeStream([init, ...lines].map(line => JSON.stringify(line)).join('\n'), 'line');

  test('a result that names another line, or none, is not the turn’s; its cost is counted', () => {
    const another = ended('another', 8, { user_message_uuids: ['another'] });
    for (const foreign of [ofPeer, another, ended('none', 4, {}), afterTask]) {
      const summary = summaryOf(foreign);
      expect(summary).toMatchObject({ result: null, resultCount: 0 });
      expect(summary.reportedUsd).toBeGreaterThan(0);
    }
    expect(summaryOf(ofPeer, ours)).toMatchObject({ result: { text: 'ours' }, reportedUsd: 5 });
    expect(summaryOf(ours, ofPeer)).toMatchObject({ result: { text: 'ours' }, reportedUsd: 5, isUnfinished: false });
  });

  test('a round that its own background task began belongs to it', () => {
    expect(summaryOf(ours, init, afterTask)).toMatchObject({ result: { text: 'after the task' }, resultCount: 2 });
  });

  test('what another round says is not the last word of the turn', () => {
    expect(summaryOf(said('mine'), ours, init, said('theirs'), ofPeer).lastText).toBe('mine');
  });

  test('a result in mid-round of a foreign turn leaves the turn unfinished', () => {
    expect(summaryOf(ours, init)).toMatchObject({ isUnfinished: true });
  });

  test('the last state of the turn’s own line is told', () => {
    const line = (command_uuid: string, state: string) => ({ type: 'command_lifecycle', command_uuid, state });
    expect(summaryOf(line('line', 'queued'), line('line', 'started'), line('x', 'completed')).lineState).toBe(
      'started',
    );
    expect(summaryOf(line('x', 'completed')).lineState).toBeNull();
  });

  test('without that capability, and of a prompt that was text, every result counts', () => {
    const old = [{ ...init, capabilities: [] }, ofPeer].map(line => JSON.stringify(line)).join('\n');
    expect(summarizeStream(old, 'line').result).toMatchObject({ text: 'of a peer' });
    expect(summarizeStream([init, ofPeer].map(line => JSON.stringify(line)).join('\n')).result).not.toBeNull();
  });
});
