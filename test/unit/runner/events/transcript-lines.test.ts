import { describe, expect, test } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { printable } from '#blackboard/text/printable.ts';
import type { Ended, Intent, IntentMessage } from '#blackboard/turns/turn-records.ts';
import type { MessagePart, StreamEvent } from '#hooks/claude/stream.ts';
import { runnerLine } from '#runner/events/runner-line.ts';
import { transcriptLines } from '#runner/events/transcript-lines.ts';
import { endedEvents, startedEvent, streamEvent } from '#runner/turn/turn-events.ts';

const renderStart = (...told: Parameters<typeof startedEvent>): string => transcriptLines(startedEvent(...told));
const renderEvent = (event: StreamEvent): string => {
  const told = streamEvent(7, event);
  return told ? transcriptLines(told) : '';
};
const renderEnd = (ended: Ended): string => endedEvents(null, ended).map(transcriptLines).join('');
const turnLine = (agent: string, intent: Intent | null, ended: Ended): string =>
  runnerLine(agent, endedEvents(intent, ended).at(-1)!)!;

const ID = '01a1fc0b-65c1-7a13-a650-68d7794199fb';
const part: MessagePart = {
  messageId: 'm',
  model: 'x',
  usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
  contentChars: 0,
  parentToolUseId: null,
};
const message: IntentMessage = {
  id: ID,
  name: 'n',
  from: 'reviewer',
  kind: 'request',
  thread: null,
  trace: 't',
  hops: 0,
  mode: 'body',
  rider: false,
  spentUsd: 0,
  nonces: [],
};
const intent: Intent = {
  turn: 7,
  kind: 'work',
  at: '2026-11-21T12:00:00.000Z',
  sessionId: '00000000-0000-4000-8000-0000abcdef12',
  resume: true,
  mark: 'm',
  transcriptBytes: 0,
  baselineUsd: 0,
  messages: [message],
  carry: [],
  board: null,
  perTurnUsd: 2,
};
const ended: Ended = {
  turn: 7,
  at: '2026-11-21T12:00:02.500Z',
  verdict: { kind: 'answered', text: 'done' },
  messages: [{ id: ID, disposition: { do: 'ack', outcome: 'replied' } }],
  session: null,
  costUsd: 0.0123,
  blamedUsd: 0,
  usage: { input: 1, output: 1, cacheRead: 12_345, cacheWrite: 950 },
  cacheMissed: false,
  day: '2026-11-21',
  startedAt: '2026-11-21T12:00:00.000Z',
  denials: [],
  retryAtMs: null,
  backoffLevel: 0,
  park: null,
  carry: [],
  board: null,
};
/** Clears the screen, sets the window's title, and a C1 introducer that some terminals obey. */
const ESCAPES = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u0000\r\u0008\u007f';
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

describe('the beginning of a turn', () => {
  test('says when, in which session, who asked and what', () => {
    const text = renderStart(intent, [{ id: ID, subject: 'CI', body: 'look\nat it\n' }]);
    expect(text).toMatch(/^\n── turn 7 · \d{4}-\d\d-\d\d \d\d:\d\d:\d\d · session abcdef12\n/);
    expect(text).toContain(`▶ reviewer request ${shortId(ID)}\n    CI\n    look\n    at it\n`);
  });

  test('says that a session is new, that a message goes on, was sent again, or only rides along', () => {
    const start = (changes: Partial<IntentMessage>) =>
      renderStart({ ...intent, resume: false, messages: [{ ...message, ...changes }] }, []);
    expect(start({})).toContain('(new)');
    expect(start({ mode: 'interrupted' })).toContain('(interrupted earlier; goes on)');
    const decided = { ...intent, decided: { card: 'c', words: 'yes' } };
    expect(renderStart({ ...decided, messages: [{ ...message, mode: 'interrupted' }] }, [])).toContain(
      '(waited for a person; goes on with the decision)',
    );
    expect(start({ mode: 'check' })).toContain('(sent again, with a warning)');
    expect(start({ rider: true, kind: 'note' })).toContain('▶ reviewer sent word (note)');
  });

  test('cuts a long body and says how long it is', () => {
    const text = renderStart(intent, [{ id: ID, subject: null, body: 'x'.repeat(10_000) }]);
    expect(text.length).toBeLessThan(limits.transcriptBodyCharsMax + 300);
    expect(text).toContain('… (10000 characters)');
  });

  test('shows a message that could not be read by its id', () => {
    expect(renderStart(intent, [])).toContain(shortId(ID));
  });
});

describe('what happens', () => {
  test('the agent’s words are indented, a tool is one line', () => {
    expect(renderEvent({ type: 'text', text: 'one\ntwo\n', part })).toBe('    one\n    two\n');
    const tool = renderEvent({ type: 'toolUse', id: 't', name: 'Bash', input: { command: 'a\nb' }, part });
    expect(tool).toBe('  ⚙ Bash {"command":"a\\nb"}\n');
  });

  test('a tool’s input is cut', () => {
    const tool = renderEvent({ type: 'toolUse', id: 't', name: 'Bash', input: 'x'.repeat(9_999), part });
    expect(tool.length).toBeLessThan(limits.transcriptToolCharsMax + 60);
    expect(tool.split('\n')).toHaveLength(2);
  });

  test('a tool’s result shows only where it failed', () => {
    expect(renderEvent({ type: 'toolResult', toolUseId: 't', isError: false, text: 'fine' })).toBe('');
    expect(renderEvent({ type: 'toolResult', toolUseId: 't', isError: true, text: 'no\nsuch' })).toBe('  ✗ no such\n');
  });

  test('a retry of the API says why, and when it goes on', () => {
    const retry = { type: 'apiRetry', attempt: 2, retryDelayMs: 1_234, message: 'overloaded' } as const;
    expect(renderEvent({ ...retry, errorStatus: 529 })).toBe(
      '  ↻ the API said 529 (overloaded); attempt 2, next in 1.2 s\n',
    );
    expect(renderEvent({ ...retry, errorStatus: null })).toContain('said nothing');
  });

  test('what says nothing to a person writes nothing', () => {
    for (const event of [
      { type: 'text', text: ' \n', part },
      { type: 'thinking', part },
      { type: 'garbage' },
      { type: 'other', name: 'x' },
    ] as const)
      expect(renderEvent(event)).toBe('');
  });
});

describe('the end of a turn', () => {
  test('says how, for how much, how long it took and what the cache did', () => {
    expect(renderEnd(ended)).toBe('✔ answered · $0.0123 · 2.5 s · cache 12k read, 950 written\n');
  });

  test('says why there is no answer, and what becomes of the messages', () => {
    const text = renderEnd({
      ...ended,
      verdict: { kind: 'failed', reason: 'boom' },
      messages: [
        { id: 'm1', disposition: { do: 'release', name: 'n' } },
        { id: 'm2', disposition: { do: 'bury', reason: 'boom' } },
      ],
    });
    expect(text).toMatch(/^✘ failed: boom · .*\n {2}waits again: m1\n {2}dead: m2\n$/);
  });

  test('a turn that ended because a call waits for a person has not failed', () => {
    const verdict = { kind: 'deferred' as const, reason: 'its call of Bash waits for a person' };
    expect(renderEnd({ ...ended, verdict })).toMatch(/^\? deferred: its call of Bash waits for a person · /);
  });

  test('names what was denied, in one line each', () => {
    const text = renderEnd({ ...ended, denials: [{ tool: 'Bash', input: '{"command":"rm\n-rf /"}' }] });
    expect(text.split('\n')[0]).toBe('  ⛔ Bash was denied: {"command":"rm -rf /"}');
  });

  test('a turn that never started took no time', () => {
    expect(renderEnd({ ...ended, startedAt: null })).toContain(' · 0.0 s');
  });
});

describe('terminal escapes', () => {
  test('are taken out, line feeds and tabs stay', () => {
    expect(printable(`a${ESCAPES}b\n\tc`)).not.toMatch(CONTROL);
    expect(printable('a\n\tb')).toBe('a\n\tb');
    expect(printable('\u001b[31m')).toBe('�[31m');
  });

  test('reach the transcript by no way', () => {
    const everything = [
      renderStart(intent, [{ id: ID, subject: ESCAPES, body: ESCAPES }]),
      renderEvent({ type: 'text', text: ESCAPES, part }),
      renderEvent({ type: 'toolUse', id: 't', name: `Bash${ESCAPES}`, input: { command: ESCAPES }, part }),
      renderEvent({ type: 'toolUse', id: 't', name: 'Bash', input: ESCAPES, part }),
      renderEvent({ type: 'toolResult', toolUseId: 't', isError: true, text: ESCAPES }),
      renderEvent({ type: 'apiRetry', attempt: 1, retryDelayMs: 1, errorStatus: 500, message: ESCAPES }),
      renderEnd({
        ...ended,
        verdict: { kind: 'failed', reason: ESCAPES },
        denials: [{ tool: `Bash${ESCAPES}`, input: ESCAPES }],
      }),
    ];
    for (const text of everything) expect(text).not.toMatch(CONTROL);
  });
});

describe('the line of a turn for anyone who watches the runner', () => {
  test('says who asked, how it ended, what it cost, how long it took', () => {
    expect(turnLine('worker', intent, ended)).toBe('worker: turn 7 for reviewer: answered, $0.0123, 2.5 s');
    const two = {
      ...intent,
      messages: [message, { ...message, from: 'tester' }, { ...message, from: 'x', rider: true }],
    };
    expect(turnLine('worker', two, ended)).toContain('turn 7 for reviewer and 1 more: answered');
    expect(
      turnLine('worker', { ...intent, kind: 'signal', messages: [], signals: { alone: true, taken: [] } }, ended),
    ).toContain('turn 7 (by a signal): answered');
    expect(turnLine('worker', null, { ...ended, startedAt: null })).toBe('worker: turn 7: answered, $0.0123');
  });

  test('stays one line, and no escape of a peer or of claude reaches the terminal', () => {
    const reason = 'first\n\u001b[31msecond';
    const line = turnLine(
      'worker',
      { ...intent, messages: [{ ...message, from: 'a\u001b]0;x' }] },
      {
        ...ended,
        verdict: { kind: 'failed', reason },
      },
    );
    expect(line).toBe('worker: turn 7 for a�]0;x: failed: first �[31msecond, $0.0123, 2.5 s');
  });
});
