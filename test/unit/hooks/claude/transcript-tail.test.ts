// Records as CLI 2.1.332 writes them, without the fields that nobody reads.
import { expect, test } from 'vitest';
import { lastTurn, saidTexts } from '#hooks/claude/transcript-tail.ts';

const at = '2026-11-30T17:34:23.465Z';
const line = (record: object) => JSON.stringify({ isSidechain: false, timestamp: at, ...record });
const user = (content: unknown, more: object = {}) =>
  line({ type: 'user', message: { role: 'user', content }, ...more });
const assistant = (content: unknown, stop_reason: string | null, more: object = {}) =>
  line({ type: 'assistant', message: { role: 'assistant', content, stop_reason }, ...more });
const text = (words: string) => [{ type: 'text', text: words }];
const call = (name: string) => [{ type: 'tool_use', id: 't1', name, input: {} }];
const result = [{ type: 'tool_result', tool_use_id: 't1', content: 'ok' }];
/** What stands between the records of a conversation. */
const noise = [
  line({ type: 'mode', mode: 'normal' }),
  line({ type: 'last-prompt', lastPrompt: '"type":"user"' }),
  line({ type: 'api-request-blob', message: { role: 'user', content: 'hello' } }),
  line({ type: 'system', subtype: 'turn_duration' }),
  line({ type: 'attachment' }),
];
const jsonl = (...lines: string[]) => `${[...lines, ...noise].join('\n')}\n`;
const turnOf = (...lines: string[]) => lastTurn(jsonl(...lines)).turn;

const asked = user('hello', { promptSource: 'typed' });
const answered = [asked, assistant(text('fine'), 'end_turn')];

test('a turn ends with an answer, whatever records follow', () => {
  expect(lastTurn(jsonl(...answered))).toEqual({ turn: 'ended', fault: null, atMs: Date.parse(at), tool: null });
});

test.each(['end_turn', 'stop_sequence', 'max_tokens', 'refusal'])('%s ends a turn, without a fault', reason => {
  const cut = jsonl(asked, assistant(text('as far as it'), reason));
  expect(lastTurn(cut)).toMatchObject({ turn: 'ended', fault: null });
  expect(saidTexts(cut).at(-1)).toMatchObject({ role: 'assistant', text: 'as far as it' });
  expect(turnOf(asked, assistant(text('as far as it'), reason), asked)).toBe('prompted');
});

test('a prompt, a result, and an answer that goes on are not its end', () => {
  expect(turnOf(...answered, asked)).toBe('prompted');
  expect(turnOf(asked, assistant(call('Bash'), 'tool_use'))).toBe('tool');
  expect(lastTurn(jsonl(asked, assistant(call('Bash'), 'tool_use'))).tool).toBe('Bash');
  expect(turnOf(asked, assistant(call('Bash'), 'tool_use'), user(result))).toBe('prompted');
  for (const reason of [null, 'pause_turn', 'one that nobody knows'])
    expect(turnOf(asked, assistant(text('half a'), reason)), String(reason)).toBe('prompted');
});

test('an interruption is one only in the words of the CLI itself', () => {
  expect(turnOf(asked, user(text('[Request interrupted by user]')))).toBe('interrupted');
  expect(turnOf(asked, user(text('[Request interrupted by user for tool use]')))).toBe('interrupted');
  expect(turnOf(user('say: [Request interrupted by user]'))).toBe('prompted');
});

test('an error of the API ends a turn, and so does being logged out', () => {
  const failed = (words: string) => assistant(text(words), 'stop_sequence', { isApiErrorMessage: true });
  expect(lastTurn(jsonl(asked, failed('API Error: 400 boom')))).toMatchObject({ turn: 'ended', fault: 'api-error' });
  expect(lastTurn(jsonl(asked, failed('Not logged in · Please run /login')))).toMatchObject({ fault: 'not-logged-in' });
  // The model says so: no fault.
  expect(lastTurn(jsonl(asked, assistant(text('Not logged in'), 'end_turn'))).fault).toBeNull();
});

test('a command of the CLI begins no turn; /clear and /compact leave nothing behind that was asked', () => {
  const command = (name: string) => user(`<command-name>/${name}</command-name>\n<command-message>x</command-message>`);
  const caveat = user('<local-command-caveat>…</local-command-caveat>', { isMeta: true });
  expect(turnOf(...answered, caveat, command('model'))).toBe('ended');
  expect(turnOf(asked, caveat, command('model'))).toBe('prompted');
  expect(turnOf(caveat, command('clear'))).toBe('none');
  const boundary = line({ type: 'system', subtype: 'compact_boundary', content: 'Conversation compacted' });
  const summary = user('This session is being continued', { isCompactSummary: true });
  expect(turnOf(asked, boundary, summary, caveat, command('compact'))).toBe('none');
  expect(turnOf(...answered, user('<bash-input>ls</bash-input>'), user('<bash-stdout>f</bash-stdout>'))).toBe('ended');
});

test('sub-agents, torn lines and an empty file say nothing', () => {
  expect(lastTurn('')).toEqual({ turn: 'none', fault: null, atMs: null, tool: null });
  expect(turnOf(...answered, user('inside', { isSidechain: true }))).toBe('ended');
  expect(lastTurn(`d":"user","message":{}}\n${answered.join('\n')}\n{"type":"user","mess`).turn).toBe('ended');
  expect(lastTurn('{"type":"user"}\nnull\n[{"type":"assistant"}]\n').turn).not.toBe('ended');
});

test('what was said are the texts of a person and of the model', () => {
  const said = saidTexts(
    jsonl(
      user('<command-name>/model</command-name>'),
      asked,
      assistant([...text('let me see'), ...call('Bash')], 'tool_use'),
      user(result),
      assistant(text('fine'), 'end_turn'),
      user('for a sub-agent', { isSidechain: true }),
      user('a summary', { isCompactSummary: true }),
    ),
  );
  expect(said.map(({ role, text }) => `${role}: ${text}`)).toEqual([
    'user: hello',
    'assistant: let me see',
    'assistant: fine',
  ]);
  expect(said[0]!.at).toBe(at);
});
