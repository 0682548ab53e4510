import { expect, test } from 'vitest';
import { type HookEvent, parseHookEvent } from '#hooks/session/hook-event.ts';
import { createWitness, isProvenBy } from '#hooks/session/proof.ts';
import type { Shown } from '#hooks/session/shown.ts';

/** Over a whole text. */
const isSeenInTranscript = (jsonl: string, of: Pick<Shown, 'boundary'>): boolean => createWitness(of)(jsonl);

const shown = (by: Shown['by']): Shown => ({
  by,
  promptId: 'p1',
  boundary: 'b0undary',
  cursor: null,
  mark: null,
  messages: [],
  transcript: null,
  transcriptBytes: 0,
});
const event = (more: Partial<HookEvent> = {}): HookEvent => ({
  sessionId: 's',
  cwd: '/',
  transcript: null,
  promptId: 'p1',
  promptMark: null,
  source: null,
  toolUseId: null,
  isSubagent: false,
  stopHookActive: false,
  ...more,
});

test.each([
  ['prompt', 'PostToolUse', {}, true],
  ['prompt', 'Stop', {}, true],
  ['prompt', 'Stop', { promptId: 'p2' }, false],
  ['prompt', 'Stop', { promptId: null }, false],
  ['queued', 'Stop', {}, false],
  ['queued', 'PostToolUse', {}, false],
  ['tool', 'PostToolUse', {}, false],
  ['tool', 'Stop', {}, true],
  ['stop', 'Stop', {}, false],
  ['stop', 'Stop', { stopHookActive: true }, true],
  ['stop', 'PostToolUse', {}, true],
] as const)('without a transcript, shown at a %s, then %s %j: proven is %s', (by, name, more, expected) => {
  expect(isProvenBy(name, event(more), shown(by))).toBe(expected);
});

const lines = (...records: object[]) => records.map(record => JSON.stringify(record)).join('\n');
const prompt = { type: 'user', uuid: 'u', parentUuid: null, promptId: 'p1', message: { content: 'x' } };
const hooksWord = { type: 'hook_additional_context', content: ['=== b0undary ==='] };
const context = { type: 'attachment', uuid: 'a', parentUuid: 'u', attachment: hooksWord };
const answer = { type: 'assistant', uuid: 'x', parentUuid: 'a', message: { model: 'claude' } };

test('a model’s record that descends from our word, through whatever lies between, is proof', () => {
  const between = { type: 'attachment', uuid: 'b', parentUuid: 'a', attachment: { type: 'date' } };
  expect(isSeenInTranscript(lines(prompt, context, answer), shown('prompt'))).toBe(true);
  expect(isSeenInTranscript(lines(prompt, context, between, { ...answer, parentUuid: 'b' }), shown('prompt'))).toBe(
    true,
  );
  expect(isSeenInTranscript(lines(prompt, context), shown('prompt'))).toBe(false);
});

test('the prompt’s own record is none: the hook may have died before it printed', () => {
  expect(isSeenInTranscript(lines(prompt, { ...answer, parentUuid: 'u' }), shown('prompt'))).toBe(false);
  const other = { ...context, attachment: { ...hooksWord, content: ['=== another0ne ==='] } };
  expect(isSeenInTranscript(lines(prompt, other, answer), shown('prompt')), 'an earlier showing').toBe(false);
});

test('our word in a tool’s result or in an attached file is none: the model may have read our own records', () => {
  const result = {
    type: 'user',
    uuid: 'a',
    parentUuid: 'u',
    message: { content: [{ type: 'tool_result', content: 'b0undary' }] },
  };
  const file = { ...context, attachment: { type: 'file', content: 'b0undary' } };
  for (const record of [result, file])
    expect(isSeenInTranscript(lines(prompt, record, answer), shown('prompt'))).toBe(false);
});

test('a stop hook’s feedback carries it', () => {
  const feedback = {
    type: 'user',
    uuid: 'a',
    parentUuid: 'u',
    isMeta: true,
    message: { content: 'Stop hook feedback:\nb0undary' },
  };
  expect(isSeenInTranscript(lines(prompt, feedback, answer), shown('stop'))).toBe(true);
});

test('another branch, a sub-agent, the CLI’s own words and a torn line are none', () => {
  const seen = (more: object) => isSeenInTranscript(lines(prompt, context, { ...answer, ...more }), shown('prompt'));
  expect(seen({ parentUuid: 'elsewhere' })).toBe(false);
  expect(seen({ isSidechain: true })).toBe(false);
  expect(seen({ message: { model: '<synthetic>' } })).toBe(false);
  expect(isSeenInTranscript(lines(prompt, context, answer).slice(0, -3), shown('prompt'))).toBe(false);
});

test('a transcript that comes in pieces proves it as well', () => {
  const witness = createWitness(shown('prompt'));
  expect([lines(prompt), lines(context), lines(answer)].map(witness)).toEqual([false, false, true]);
});

test('an event is read from what claude writes, and anything else is none', () => {
  const id = '963bf434-039c-4310-b9b7-061eef298631';
  const read = parseHookEvent(
    JSON.stringify({ session_id: id, cwd: '/w', prompt_id: '../x', prompt: 'hi', source: 'clear' }),
  );
  expect(read).toMatchObject({ sessionId: id, cwd: '/w', promptId: null, source: 'clear', isSubagent: false });
  expect(read?.promptMark).toMatch(/^[0-9a-f]{16}$/);
  const marks = ['', 'hi', 'ih', 'hi ', '\u0000hi', 'é'].map(
    prompt => parseHookEvent(JSON.stringify({ session_id: id, prompt }))?.promptMark,
  );
  expect(new Set([...marks, read?.promptMark]).size).toBe(6);
  for (const text of ['', 'null', '[]', '"x"', '{}', '{"session_id":"../../etc"}', '{"session_id":'])
    expect(parseHookEvent(text)).toBeNull();
});
