import { expect, test } from 'vitest';
import { type HookEvent, parseHookEvent } from '../../../../hooks/news/hook-event.ts';
import { isProvenBy, isSeenInTranscript } from '../../../../hooks/news/proof.ts';
import type { Shown } from '../../../../hooks/news/shown.ts';

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
] as const)('shown at a %s, then %s %j: proven is %s', (by, name, more, expected) => {
  expect(isProvenBy(name, event(more), shown(by))).toBe(expected);
});

const lines = (...records: object[]) => records.map(record => JSON.stringify(record)).join('\n');
const prompt = { type: 'user', uuid: 'u', parentUuid: null, promptId: 'p1', message: { content: 'x' } };
const context = { type: 'attachment', uuid: 'a', parentUuid: 'u', attachment: { content: ['=== b0undary ==='] } };
const answer = { type: 'assistant', uuid: 'x', parentUuid: 'a', message: { model: 'claude' } };

test('a model’s record that descends from the prompt, through whatever lies between, is proof', () => {
  expect(isSeenInTranscript(lines(prompt, context, answer), shown('prompt'))).toBe(true);
  expect(isSeenInTranscript(lines(prompt, context), shown('prompt'))).toBe(false);
});

test('another branch, a sub-agent, the CLI’s own words and a torn line are none', () => {
  expect(isSeenInTranscript(lines(prompt, { ...answer, parentUuid: 'elsewhere' }), shown('prompt'))).toBe(false);
  expect(isSeenInTranscript(lines(prompt, { ...answer, parentUuid: 'u', isSidechain: true }), shown('prompt'))).toBe(
    false,
  );
  const synthetic = { ...answer, parentUuid: 'u', message: { model: '<synthetic>' } };
  expect(isSeenInTranscript(lines(prompt, synthetic), shown('prompt'))).toBe(false);
  expect(isSeenInTranscript(lines(prompt, { ...answer, parentUuid: 'u' }).slice(0, -3), shown('prompt'))).toBe(false);
});

test('what came with a tool or a queued prompt is found by its own line, not by the turn’s prompt', () => {
  const early = { ...answer, parentUuid: 'u' };
  for (const by of ['tool', 'queued'] as const) {
    expect(isSeenInTranscript(lines(prompt, early), shown(by))).toBe(false);
    expect(isSeenInTranscript(lines(prompt, early, { ...context, parentUuid: 'x' }), shown(by))).toBe(false);
    const late = { ...answer, uuid: 'y' };
    expect(isSeenInTranscript(lines(prompt, early, { ...context, parentUuid: 'x' }, late), shown(by))).toBe(true);
  }
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
