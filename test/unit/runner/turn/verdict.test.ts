import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { StopRecord } from '#blackboard/turns/turns.ts';
import type { ResultEvent } from '#hooks/claude/stream.ts';
import { summarizeStream } from '#hooks/claude/stream-summary.ts';
import { type Evidence, judge } from '#runner/turn/verdict.ts';

const RESET = 1_800_000_000_000;

const well: ResultEvent = {
  type: 'result',
  isError: false,
  subtype: 'success',
  terminalReason: 'completed',
  deferred: null,
  numTurns: 1,
  totalCostUsd: 0.1,
  runUsd: null,
  text: 'the answer',
  denials: [],
  apiErrorStatus: null,
  durationMs: 1,
  contextWindow: null,
  sessionId: 's',
  errors: [],
  answersLines: ['line'],
  origin: null,
};
const nothing: Evidence = {
  sealed: false,
  intent: 'work',
  resumed: true,
  began: true,
  exit: null,
  afterRefusal: false,
  result: null,
  unfinished: false,
  cutQuestion: false,
  defers: false,
  streamText: null,
  transcriptAnswer: null,
  stop: null,
  resetAtMs: null,
  stderr: '',
  lastRetry: null,
  line: { state: 'completed' },
};
const withResult = (changes: Partial<ResultEvent>, evidence: Partial<Evidence> = {}) =>
  judge({ ...nothing, result: { ...well, ...changes }, ...evidence });
const apiError = (apiErrorStatus: number | null, text: string, evidence: Partial<Evidence> = {}) =>
  withResult({ isError: true, terminalReason: 'api_error', apiErrorStatus, text }, evidence);
const stop = (reason: StopRecord['reason'], messages?: string[]): StopRecord => ({
  reason,
  at: '2026-11-21T12:00:00.000Z',
  by: 'operator',
  ...(messages ? { messages } : {}),
});

describe('the result line', () => {
  test('a success of at least one turn is the answer, denials and all', () => {
    expect(withResult({})).toEqual({ kind: 'answered', text: 'the answer' });
    const denials = [{ tool: 'Bash', toolUseId: 't', input: {} }];
    expect(withResult({ denials }).kind).toBe('answered');
  });

  test('an empty answer is an answer where nothing was ever said: the work was done', () => {
    expect(withResult({ text: '' })).toEqual({ kind: 'answered', text: '' });
  });

  test('an empty text is no answer while the stream has one: a Stop hook ended the turn after it was said', () => {
    for (const text of ['', ' \n'])
      for (const terminalReason of ['completed', 'stop_hook_prevented'])
        expect(withResult({ text, terminalReason }, { streamText: 'said before' })).toEqual({
          kind: 'answered',
          text: 'said before',
        });
    expect(withResult({}, { streamText: 'said on the way' })).toEqual({ kind: 'answered', text: 'the answer' });
  });

  test.each([
    ['aborted_streaming', 'interrupted'],
    ['aborted_tools', 'interrupted'],
    ['tool_deferred', 'failed'],
    ['a reason of a later version', 'failed'],
    [null, 'failed'],
  ])('a "success" that ended as %s is no answer', (terminalReason, kind) => {
    expect(withResult({ terminalReason, text: 'half an ans' }, { streamText: 'half' }).kind).toBe(kind);
  });

  test('a call that a hook has deferred waits for a person where agent.md says so, and only if the hook can know it again', () => {
    const deferred = { id: 'toolu_1', name: 'Bash', input: {} };
    const ends = (call: typeof deferred | null, defers: boolean) =>
      withResult({ terminalReason: 'tool_deferred', text: '', deferred: call }, { defers }).kind;
    expect(ends(deferred, true)).toBe('deferred');
    expect(ends(deferred, false)).toBe('failed');
    expect(ends(null, true)).toBe('failed');
    expect(ends({ ...deferred, id: 'a"b' }, true)).toBe('failed');
  });

  test('a "completed" turn whose line was cancelled is no answer', () => {
    for (const [state, kind] of [
      ['cancelled', 'failed'],
      ['started', 'answered'],
      [null, 'answered'],
    ] as const)
      expect(withResult({}, { line: { state } }).kind).toBe(kind);
  });

  test('a turn that an older runner fed as text is judged as that runner did', () => {
    const old = (terminalReason: string | null) => withResult({ terminalReason }, { line: null }).kind;
    for (const reason of [null, 'completed', 'a reason of a later version']) expect(old(reason)).toBe('answered');
    expect(old('aborted_tools')).toBe('interrupted');
  });

  test('a prompt that a hook blocked is a success of no turns, and no answer', () => {
    const verdict = withResult({ numTurns: 0, terminalReason: null, text: 'blocked by policy' });
    expect(verdict.kind).toBe('failed');
    expect(verdict).toMatchObject({ reason: expect.stringMatching(/UserPromptSubmit hook.*blocked by policy/) });
  });

  test.each<[string, number | null, string, object]>([
    ['400', 400, 'messages: bad', { kind: 'refused', reason: 'messages: bad', blame: 'session' }],
    [
      '404 (no such model)',
      404,
      "There's an issue with the selected model (nope). It may not exist or you may not have access to it.",
      { kind: 'unstarted', reason: expect.stringMatching(/no such model.*\(nope\)/), holdAfter: 1 },
    ],
    ['404 of something else', 404, 'file_id: not found', { kind: 'failed' }],
    ['413', 413, 'request too large', { kind: 'failed' }],
    ['401', 401, 'invalid x-api-key', { kind: 'needs-person', code: 'auth' }],
    ['403', 403, 'forbidden', { kind: 'needs-person', code: 'auth' }],
    ['402', 402, 'pay', { kind: 'needs-person', code: 'billing' }],
    ['400 over billing', 400, 'Your credit balance is too low', { kind: 'needs-person', code: 'billing' }],
    ['408', 408, 'time-out', { kind: 'temporary', resetAtMs: null }],
    ['429', 429, 'rate limited', { kind: 'temporary', resetAtMs: null }],
    ['500', 500, 'oops', { kind: 'temporary' }],
    ['529', 529, 'overloaded', { kind: 'temporary' }],
    ['no status: the network', null, 'connection failed', { kind: 'temporary' }],
    ['no status: not logged in', null, 'Not logged in · Please run /login', { kind: 'needs-person', code: 'auth' }],
  ])('API error %s', (_name, status, text, expected) => {
    expect(apiError(status, text)).toMatchObject(expected);
  });

  test('a usage limit tells when it ends', () => {
    expect(apiError(429, 'limit reached', { resetAtMs: RESET })).toEqual({
      kind: 'temporary',
      reason: 'limit reached',
      resetAtMs: RESET,
    });
  });

  test.each<[string, Partial<ResultEvent>, object]>([
    [
      'a prompt that is too long',
      { terminalReason: 'prompt_too_long', apiErrorStatus: 400, text: 'prompt is too long: 250000 tokens' },
      { kind: 'too-long', fresh: false },
    ],
    [
      'a conversation that has no room left, before the API is asked',
      { terminalReason: 'blocking_limit', text: 'Prompt is too long' },
      { kind: 'too-long', fresh: false },
    ],
    [
      '--max-turns',
      {
        subtype: 'error_max_turns',
        terminalReason: 'max_turns',
        text: '',
        errors: ['Reached maximum number of turns'],
      },
      { kind: 'failed', reason: 'the turn reached maxTurns: Reached maximum number of turns' },
    ],
    [
      '--max-budget-usd',
      { subtype: 'error_max_budget_usd', terminalReason: 'budget_exhausted', text: '', errors: ['over $2'] },
      { kind: 'over-budget', reason: 'the turn reached its budget: over $2' },
    ],
    [
      'SIGINT while it streams',
      {
        subtype: 'error_during_execution',
        terminalReason: 'aborted_streaming',
        text: '',
        errors: ['[ede_diagnostic]'],
      },
      { kind: 'interrupted' },
    ],
    [
      'SIGINT inside a tool',
      { subtype: 'error_during_execution', terminalReason: 'aborted_tools', text: '' },
      { kind: 'interrupted' },
    ],
    [
      'an unknown session',
      {
        subtype: 'error_during_execution',
        terminalReason: null,
        numTurns: 0,
        text: '',
        errors: ['No conversation found with session ID: x'],
      },
      { kind: 'session-lost' },
    ],
    ['a picture that is too large (413)', { terminalReason: 'image_error', text: 'too large' }, { kind: 'failed' }],
    ['an error that this version does not know', { terminalReason: 'new_in_3', text: 'hm' }, { kind: 'failed' }],
    ['not logged in, told by no API', { terminalReason: null, text: 'Invalid API key' }, { kind: 'needs-person' }],
  ])('%s', (_name, changes, expected) => {
    expect(withResult({ isError: true, ...changes })).toMatchObject(expected);
  });

  test('a prompt that is too long for a session of its own is the message’s own fault', () => {
    const tooLong: Partial<ResultEvent> = { isError: true, terminalReason: 'prompt_too_long', text: 'too long' };
    expect(withResult(tooLong, { resumed: false })).toEqual({ kind: 'too-long', reason: 'too long', fresh: true });
  });

  test('"success" in the subtype of an error is not believed', () => {
    expect(apiError(500, 'oops')).not.toMatchObject({ kind: 'answered' });
    expect(withResult({ isError: true, terminalReason: null }).kind).toBe('failed');
  });

  test('an error in the subtype of a success is not believed either', () => {
    expect(withResult({ subtype: 'error_max_turns', terminalReason: 'max_turns' }).kind).toBe('failed');
  });

  test('a reason is one line of at most 300 characters', () => {
    const verdict = apiError(400, `\n\n  ${'x'.repeat(1_000)}\nsecond line`);
    expect(verdict).toMatchObject({ reason: 'x'.repeat(300) });
  });
});

describe('a 400', () => {
  const refused = (evidence: Partial<Evidence>) => apiError(400, 'tool_use without tool_result', evidence);

  test('is the conversation’s that took messages before, and its hand-off note’s too', () => {
    expect(refused({ resumed: true })).toEqual({
      kind: 'refused',
      reason: 'tool_use without tool_result',
      blame: 'session',
    });
    expect(refused({ resumed: true, afterRefusal: true, intent: 'handoff' })).toMatchObject({ blame: 'session' });
  });

  test('is the message’s where the conversation began with it', () => {
    expect(refused({ resumed: false })).toMatchObject({ kind: 'refused', blame: 'message' });
  });

  test('is nobody’s where the conversation before was refused as well, whatever became of the new one meanwhile', () => {
    for (const resumed of [false, true])
      expect(refused({ resumed, afterRefusal: true })).toMatchObject({ kind: 'refused', blame: 'nobody' });
  });
});

describe('a claude that ended before it asked the model', () => {
  const ended = (exit: Evidence['exit'], evidence: Partial<Evidence> = {}) =>
    judge({ ...nothing, began: false, exit, ...evidence });
  const code = (value: number) => ({ code: value, signal: null });
  const signal = (name: string) => ({ code: null, signal: name });

  test('says nothing about the message: in its own words', () => {
    expect(ended(code(3), { stderr: '/x/cli.js:7\n  throw e\n\nTypeError: boom\n    at x (y)\n    at z' })).toEqual({
      kind: 'unstarted',
      reason: 'claude ended before it asked the model (exit code 3); it said: TypeError: boom at x (y)',
      holdAfter: 2,
    });
    expect(ended(code(1), { stderr: 'first\nlast words\n' })).toMatchObject({
      reason: expect.stringMatching(/\(exit code 1\); it said: last words$/),
    });
    expect(ended(code(0))).toMatchObject({ reason: expect.stringMatching(/\(exit code 0\); it said nothing$/) });
  });

  test('crashed by a signal of its own after two, killed from outside after more', () => {
    for (const own of [signal('SIGILL'), signal('SIGSEGV'), code(139), code(126)])
      expect(ended(own)).toMatchObject({ kind: 'unstarted', holdAfter: 2 });
    for (const killed of [signal('SIGKILL'), signal('SIGTERM'), code(137), code(143)])
      expect(ended(killed)).toMatchObject({ kind: 'unstarted', holdAfter: 4 });
  });

  test('is an interruption where it had begun, where nobody saw how it ended, and where no claude came of the launcher', () => {
    expect(ended(code(1), { began: true }).kind).toBe('interrupted');
    expect(ended(null).kind).toBe('interrupted');
    for (const launcher of [94, 95, 96, 97, 98]) expect(ended(code(launcher)).kind).toBe('interrupted');
  });

  test('is what we stopped it for, where we did', () => {
    expect(ended(code(143), { stop: stop('shutdown') }).kind).toBe('interrupted');
    expect(ended(code(1), { stop: stop('cancelled') }).kind).toBe('cancelled');
  });

  test('is not asked about where there is an answer', () => {
    expect(ended(code(1), { transcriptAnswer: { text: 'x' } }).kind).toBe('answered');
  });
});

describe('what the real CLI wrote', () => {
  test.each([
    ['tool.jsonl', 'answered'],
    ['tool-denied.jsonl', 'answered'],
    ['sub-agent.jsonl', 'answered'],
    ['stop-hook.jsonl', 'answered'],
    ['background-shell.jsonl', 'answered'],
    ['api-429-then-well.jsonl', 'answered'],
    ['api-500.jsonl', 'temporary'],
    ['blocked.jsonl', 'failed'],
    ['max-turns.jsonl', 'failed'],
    ['unknown-session.jsonl', 'session-lost'],
    ['sigint.jsonl', 'interrupted'],
    ['sigint-tool.jsonl', 'interrupted'],
    ['killed.jsonl', 'interrupted'],
    ['background-shell-sigterm.jsonl', 'interrupted'],
  ])('%s is %s', (file, kind) => {
    const summary = summarizeStream(readFileSync(new URL(`../../../fixtures/stream/${file}`, import.meta.url), 'utf8'));
    const verdict = judge({
      ...nothing,
      result: summary.result,
      unfinished: summary.isUnfinished,
      cutQuestion: summary.hasCutQuestion,
      streamText: summary.lastText,
      resetAtMs: summary.rateLimitResetsAtMs,
      lastRetry: summary.lastApiRetry?.message ?? null,
    });
    expect(verdict.kind).toBe(kind);
  });
});

describe('no result line', () => {
  test.each<[string, string, object]>([
    ['killed', '', { kind: 'interrupted' }],
    ['a warning and then killed', '(node:1) Warning: x\n', { kind: 'interrupted' }],
    ['an unknown session', 'No conversation found with session ID: x', { kind: 'session-lost' }],
    ['a session id that is taken', 'Error: Session ID x is already in use.', { kind: 'session-lost' }],
    ['not logged in', '\nPlease run /login', { kind: 'needs-person', code: 'auth' }],
    ...[
      ['an option that this version does not know', "error: unknown option '--x'"],
      ['a choice that this version does not know', "error: option '--effort <l>' argument 'x' is invalid"],
      ['a value that this version does not know', 'Error processing --setting-sources: Invalid setting source: x.'],
      ['a file of MCP servers that is none', 'Error: Invalid MCP configuration:\nMCP config is not a valid JSON'],
      ['a settings file that is gone', 'Error: Settings file not found'],
      ['a command that cannot be run', 'launch.sh: 34: exec: claude: not found'],
      ['a command that may not be run', 'exec: /x/claude: Permission denied'],
    ].map(([name, said]): [string, string, object] => [
      `${name}: nobody's message is to blame`,
      said!,
      { kind: 'unstarted', holdAfter: 1, reason: `claude refused to start: ${said!.replace('\n', ' ')}` },
    ]),
    [
      'a session that is open in the background',
      'Error: That session is running in the background (8257). Run `claude attach 8257` … Add --fork-session to …',
      { kind: 'temporary' },
    ],
    [
      'what is no refusal is told all the same',
      '\nError: ENOSPC: no space left on device\n  at x',
      { kind: 'interrupted', reason: expect.stringContaining('it had said: Error: ENOSPC: no space left on device') },
    ],
  ])('%s', (_name, stderr, expected) => {
    expect(judge({ ...nothing, stderr })).toMatchObject(expected);
  });

  test('names the API error that it was retrying when it was killed', () => {
    expect(judge({ ...nothing, lastRetry: 'overloaded' })).toMatchObject({
      kind: 'interrupted',
      reason: expect.stringContaining('overloaded'),
    });
  });

  test('a transcript that ends well is the answer', () => {
    const transcriptAnswer = { text: 'from the transcript' };
    expect(judge({ ...nothing, transcriptAnswer })).toEqual({ kind: 'answered', text: 'from the transcript' });
  });

  test('a transcript is not asked where the result line says otherwise', () => {
    const transcriptAnswer = { text: 'the answer to something earlier' };
    expect(apiError(500, 'oops', { transcriptAnswer }).kind).toBe('temporary');
  });
});

describe('what goes before what', () => {
  const finished: Evidence = { ...nothing, result: well, transcriptAnswer: { text: 't' } };

  test('a seal goes before everything: no child has started, whatever else lies there', () => {
    expect(judge({ ...finished, sealed: true }).kind).toBe('void');
    expect(judge({ ...finished, intent: null }).kind).toBe('void');
    expect(judge({ ...nothing, sealed: true, stop: stop('timeout') }).kind).toBe('void');
    expect(judge({ ...nothing, sealed: true, stop: stop('shutdown') }).kind).toBe('void');
  });

  test('a burial is that and nothing else: its messages had expired', () => {
    for (const evidence of [finished, { ...nothing, sealed: true }, { ...nothing, stop: stop('cancelled') }])
      expect(judge({ ...evidence, intent: 'burial' }).kind).toBe('expired');
  });

  test('a cancel that came before any child is still a cancel', () => {
    expect(judge({ ...nothing, sealed: true, stop: stop('cancelled', ['m']) })).toEqual({
      kind: 'cancelled',
      by: 'operator',
      reason: 'cancelled by operator',
      messages: ['m'],
    });
  });

  test.each(['cancelled', 'timeout', 'shutdown'] as const)('an answer wins over a late stop (%s)', reason => {
    expect(judge({ ...nothing, result: well, stop: stop(reason) }).kind).toBe('answered');
    expect(judge({ ...nothing, transcriptAnswer: { text: 't' }, stop: stop(reason) }).kind).toBe('answered');
  });

  test('without an answer the stop says what it was', () => {
    const sigint: Partial<ResultEvent> = { isError: true, terminalReason: 'aborted_streaming' };
    expect(withResult(sigint, { stop: stop('cancelled') })).toMatchObject({ kind: 'cancelled', messages: null });
    expect(withResult(sigint, { stop: stop('timeout') })).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('turnTimeout'),
    });
    expect(withResult(sigint, { stop: stop('shutdown') }).kind).toBe('interrupted');
    expect(judge({ ...nothing, stop: stop('timeout') }).kind).toBe('failed');
    expect(judge({ ...nothing, stop: stop('shutdown') }).kind).toBe('interrupted');
  });

  test('a stop goes before an API error and before what stderr says', () => {
    expect(apiError(401, 'x', { stop: stop('cancelled') }).kind).toBe('cancelled');
    expect(judge({ ...nothing, stderr: 'Please run /login', stop: stop('shutdown') }).kind).toBe('interrupted');
  });
});

describe('a result that was not the last word', () => {
  test('is no answer: the run was killed while it had more to do', () => {
    expect(withResult({}, { unfinished: true })).toMatchObject({
      kind: 'interrupted',
      reason: expect.stringContaining('background tasks'),
    });
  });

  test('is the answer if the background tasks themselves ran over the time', () => {
    expect(withResult({}, { unfinished: true, stop: stop('timeout') }).kind).toBe('answered');
  });

  test('is no answer to a cancel or a shutdown', () => {
    expect(withResult({}, { unfinished: true, stop: stop('cancelled') }).kind).toBe('cancelled');
    expect(withResult({}, { unfinished: true, stop: stop('shutdown') }).kind).toBe('interrupted');
  });

  test('an unfinished error stays that error', () => {
    expect(apiError(500, 'oops', { unfinished: true }).kind).toBe('temporary');
  });
});
