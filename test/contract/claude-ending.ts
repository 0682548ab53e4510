// Contract cases: the result line and the exit code of every way a turn can end by itself.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { summarizeStream } from '#hooks/claude/stream-summary.ts';
import type { Subject } from './claude-subject.ts';
import { bench } from './claude-subject.ts';

export function endingCases(subject: Subject): void {
  it('ends well with success, completed, usage by model and no api error', async () => {
    await using b = await bench(subject);
    const usage = { input_tokens: 7, output_tokens: 3, cache_read_input_tokens: 50, cache_creation_input_tokens: 20 };
    const end = await b.turn(`@@USAGE ${JSON.stringify(usage)}@@ @@SAY done@@`, ['--session-id', b.id]);
    expect(end.code).toBe(0);
    expect(end.result).toMatchObject({
      type: 'result',
      subtype: 'success',
      is_error: false,
      terminal_reason: 'completed',
      api_error_status: null,
      stop_reason: 'end_turn',
      num_turns: 1,
      result: 'done',
      session_id: b.id,
      permission_denials: [],
      usage,
      queued_turn_count: 0,
      result_index: 0,
    });
    const [used] = Object.values(end.result.modelUsage);
    expect(used).toMatchObject({ inputTokens: 7, outputTokens: 3, cacheReadInputTokens: 50 });
    expect(used).toMatchObject({ cacheCreationInputTokens: 20, costUSD: end.result.total_cost_usd });
    expect(end.lines.filter(line => line.type === 'assistant')).toMatchObject([
      { message: { role: 'assistant', content: [{ type: 'text', text: 'done' }] }, parent_tool_use_id: null },
    ]);
  });

  it('tells, over a session that is resumed, the total of all its runs, and what this one cost', async () => {
    await using b = await bench(subject);
    const first = await b.turn('@@SAY one@@', ['--session-id', b.id]);
    const second = await b.turn('@@SAY two@@', ['--resume', b.id]);
    const runs = [first, second].map(({ stdout }) => summarizeStream(stdout).reportedUsd!);
    expect(runs[0]).toBeGreaterThan(0);
    expect(first.result.total_cost_usd).toBeCloseTo(runs[0]!, 10);
    expect(second.result.total_cost_usd).toBeCloseTo(runs[0]! + runs[1]!, 10);
  });

  it('reports a tool that ran as an assistant line with tool_use and a user line with its result', async () => {
    await using b = await bench(subject);
    const prompt = '@@TOOL Bash {"command":"touch made; echo seen"}@@ @@SAY done@@';
    const end = await b.turn(prompt, ['--session-id', b.id, '--allowedTools', 'Bash(touch:*)', 'Bash(echo:*)']);
    expect(existsSync(join(b.place.cwd, 'made'))).toBe(true);
    expect(end.result).toMatchObject({ num_turns: 2, permission_denials: [], result: 'done' });
    const [call] = end.lines.find(line => line.type === 'assistant').message.content;
    expect(call).toMatchObject({ type: 'tool_use', name: 'Bash', input: { command: 'touch made; echo seen' } });
    expect(end.lines.find(line => line.type === 'user').message.content).toMatchObject([
      { type: 'tool_result', tool_use_id: call.id, content: 'seen', is_error: false },
    ]);
  });

  it('denies a tool in manual mode with exit 0; only permission_denials tells', async () => {
    await using b = await bench(subject);
    const prompt = '@@TOOL Bash {"command":"touch made"}@@ @@SAY gave up@@';
    const end = await b.turn(prompt, ['--session-id', b.id]);
    expect(end.code).toBe(0);
    expect(end.result).toMatchObject({ subtype: 'success', is_error: false, terminal_reason: 'completed' });
    expect(end.result.permission_denials).toMatchObject([{ tool_name: 'Bash', tool_input: { command: 'touch made' } }]);
    expect(end.lines.find(line => line.subtype === 'permission_denied')).toMatchObject({ tool_name: 'Bash' });
    expect(existsSync(join(b.place.cwd, 'made'))).toBe(false);
  });

  it('stops at --max-turns after the tool has run', async () => {
    await using b = await bench(subject);
    const args = ['--session-id', b.id, '--max-turns', '1', '--allowedTools', 'Bash'];
    const end = await b.turn('@@TOOL Bash {"command":"touch made"}@@ @@SAY done@@', args);
    expect(end.code).toBe(1);
    expect(end.result).toMatchObject({ subtype: 'error_max_turns', is_error: true, terminal_reason: 'max_turns' });
    expect(end.result).toMatchObject({ num_turns: 2, errors: ['Reached maximum number of turns (1)'] });
    expect(existsSync(join(b.place.cwd, 'made'))).toBe(true);
  });

  it('stops at --max-budget-usd, without an answer even if the model had finished', async () => {
    await using b = await bench(subject);
    const prompt = '@@USAGE {"input_tokens":100000}@@ @@SAY done@@';
    const end = await b.turn(prompt, ['--session-id', b.id, '--max-budget-usd', '0.01']);
    expect(end.code).toBe(1);
    expect(end.result).toMatchObject({ subtype: 'error_max_budget_usd', terminal_reason: 'budget_exhausted' });
    expect(end.result).toMatchObject({ is_error: true, num_turns: 1, errors: ['Reached maximum budget ($0.01)'] });
    expect(end.result.result).toBeUndefined();
    expect(end.result.total_cost_usd).toBeGreaterThan(0.4);
    // It counts per run: what the session has cost before does not stop the next one.
    const next = await b.turn('@@SAY small@@', ['--resume', b.id, '--max-budget-usd', '0.01']);
    expect(next.result).toMatchObject({ is_error: false, result: 'small' });
  });

  it.each([
    [400, 'API Error: 400'],
    [401, 'Failed to authenticate'],
    [403, 'Failed to authenticate'],
    [404, 'may not exist'],
    [429, 'Request rejected (429)'],
    [500, 'API Error: 500'],
    [529, 'API Error: 529'],
  ])('reports API %i as an error that calls itself success', async (status, words) => {
    await using b = await bench(subject);
    const end = await b.turn(`@@ERROR ${status}@@`, ['--session-id', b.id]);
    expect(end.code).toBe(1);
    expect(end.result).toMatchObject({ subtype: 'success', is_error: true, terminal_reason: 'api_error' });
    expect(end.result.api_error_status).toBe(status);
    expect(end.result.result).toContain(words);
    // A 400 is sent again at once, up to five times, with fewer beta features each time; that is no retry and tells nobody.
    // A 404 is asked once more without streaming; the fake never streams.
    if (status !== 400 && !(status === 404 && subject.name === 'real')) expect(b.server.turns()).toHaveLength(1);
    // The prompt stays: a plain repeat would double it. The error itself is not sent to the model again.
    await b.turn('@@SAY back@@', ['--resume', b.id]);
    expect(b.prompts()).toEqual([`@@ERROR ${status}@@`, '@@SAY back@@']);
    expect(JSON.stringify(b.server.turns().at(-1)!.body.messages)).not.toContain(words);
  });

  it('reports a prompt that is too long by its terminal_reason', async () => {
    await using b = await bench(subject);
    const end = await b.turn('@@TOOLONG@@', ['--session-id', b.id]);
    expect(end.code).toBe(1);
    expect(end.result).toMatchObject({ is_error: true, terminal_reason: 'prompt_too_long', api_error_status: 400 });
  });

  it.runIf(subject.name === 'real')(
    'refuses a conversation that has no room left by itself, and calls that blocking_limit, where it may not shorten it',
    async () => {
      await using b = await bench(subject);
      const env = { DISABLE_AUTO_COMPACT: '1' };
      const model = ['--model', 'claude-haiku-4-5-20251001'];
      await b.turn('@@USAGE {"input_tokens":199000}@@ @@SAY full@@', ['--session-id', b.id, ...model], env);
      const end = await b.turn('@@SAY more@@', ['--resume', b.id, ...model], env);
      expect(end.result).toMatchObject({ subtype: 'success', is_error: true, terminal_reason: 'blocking_limit' });
      expect(b.server.turns()).toHaveLength(1);
    },
  );

  it('retries a 429, tells so with api_retry lines, and ends well', async () => {
    await using b = await bench(subject);
    const end = await b.turn('@@ERROR 429 1@@ @@SAY at last@@', ['--session-id', b.id], {
      CLAUDE_CODE_MAX_RETRIES: '1',
    });
    expect(end.result).toMatchObject({ is_error: false, result: 'at last' });
    expect(end.lines.filter(line => line.subtype === 'api_retry')).toMatchObject([
      { type: 'system', attempt: 1, max_retries: 1, retry_delay_ms: expect.any(Number), error_status: 429 },
    ]);
    expect(b.server.turns()).toHaveLength(2);
  });

  it('gives up at once, without an api_retry line, if retry-after asks for more patience than it has', async () => {
    await using b = await bench(subject);
    const prompt = '@@ERROR 429 9 retry-after=3600@@';
    const end = await b.turn(prompt, ['--session-id', b.id], { CLAUDE_CODE_MAX_RETRIES: '2' });
    expect(end.result).toMatchObject({ is_error: true, api_error_status: 429 });
    expect(end.lines.some(line => line.subtype === 'api_retry')).toBe(false);
    expect(b.server.turns()).toHaveLength(1);
  });

  it('reports an answer that breaks off as an api_error without a status, and asks once more by itself', async () => {
    await using b = await bench(subject);
    const end = await b.turn('@@CUT@@', ['--session-id', b.id]);
    expect(end.code).toBe(1);
    expect(end.result).toMatchObject({ is_error: true, terminal_reason: 'api_error', api_error_status: null });
    expect(b.server.turns().map(request => request.body.stream === true)).toEqual(
      // The second try is not streamed; the fake never streams.
      subject.name === 'real' ? [true, false] : [false],
    );
  });

  it('reports a connection that is dropped as an api_error without a status', async () => {
    await using b = await bench(subject);
    const end = await b.turn('@@DROP@@', ['--session-id', b.id]);
    expect(end.code).toBe(1);
    expect(end.result).toMatchObject({ is_error: true, terminal_reason: 'api_error', api_error_status: null });
  });
}
