import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { countedUsd, endedWell, promptRecordsContaining } from '#hooks/claude/session-transcript.ts';

/** Written by the real CLI 2.1.329; attachments and request records are stripped. Prompts hold nonce-1, later ones nonce-2. */
const captured = (name: string) =>
  readFileSync(new URL(`../../../fixtures/session/${name}.jsonl`, import.meta.url), 'utf8');
const linesOf = (text: string) => text.trimEnd().split('\n');
const upTo = (name: string, isLast: (record: Record<string, never>) => boolean) => {
  const lines = linesOf(captured(name));
  const last = lines.findLastIndex(line => isLast(JSON.parse(line)));
  expect(last, `${name} holds the record this test is about`).toBeGreaterThan(0);
  return `${lines.slice(0, last + 1).join('\n')}\n`;
};
const prompt = (text: string, more: object = {}) =>
  JSON.stringify({ type: 'user', uuid: 'p', parentUuid: null, message: { role: 'user', content: text }, ...more });
const answer = (text: string, more: object = {}, stop = 'end_turn') =>
  JSON.stringify({
    type: 'assistant',
    uuid: `a-${text}`,
    parentUuid: 'p',
    message: { id: 'm', role: 'assistant', stop_reason: stop, content: text === '' ? [] : [{ type: 'text', text }] },
    ...more,
  });

test.each([
  ['tool', ['nonce-1', 'nonce-t']], // its prompt names the tool's output, too
  ['tool-denied', ['nonce-1']],
  ['stop-hook', ['nonce-1']],
  ['sigint-resumed', ['nonce-1', 'nonce-2']],
  ['killed-resumed', ['nonce-1', 'nonce-2']],
  ['killed-tool-resumed', ['nonce-1', 'nonce-2']],
  ['sigterm-resumed', ['nonce-1', 'nonce-2']],
  ['api-error-resumed', ['nonce-1', 'nonce-2']],
  ['compacted', ['nonce-1', 'nonce-2']],
  ['blocked', []],
])('the prompts of a captured session are found: %s', (name, expected) => {
  const asked = ['nonce-1', 'nonce-2', 'nonce-stop', 'nonce-t', 'nonce-sub', 'nonce-3'];
  expect([...promptRecordsContaining(captured(name), asked)].sort()).toEqual(expected);
});

test('a nonce that is everywhere but in the prompt record is not in the conversation', () => {
  for (const name of ['tool', 'stop-hook', 'compacted', 'background-shell', 'sub-agent']) {
    const rest = linesOf(captured(name)).filter(line => JSON.parse(line).promptSource !== 'sdk');
    expect(rest.join('\n'), 'the nonce is repeated elsewhere').toContain('nonce-');
    expect(promptRecordsContaining(rest.join('\n'), ['nonce-1', 'nonce-2', 'nonce-t', 'nonce-stop'])).toEqual(
      new Set(),
    );
  }
});

test.each([
  ['a sub-agent', { isSidechain: true }],
  ['a hook or a peer', { isMeta: true }],
  ['a compaction', { isCompactSummary: true }],
  ['a task notification', { promptSource: 'system' }],
  ['a queue record', { type: 'queue-operation' }],
])('a user record from %s is no prompt', (_, more) => {
  expect(promptRecordsContaining(prompt('n-1', more), ['n-1'])).toEqual(new Set());
  expect(promptRecordsContaining(prompt('n-1'), ['n-1'])).toEqual(new Set(['n-1']));
});

test('a prompt of several blocks and a prompt of 300 KB are searched whole', () => {
  const long = 'x'.repeat(300_000);
  expect(promptRecordsContaining(prompt(`${long} n-1`), ['n-1', 'n-2'])).toEqual(new Set(['n-1']));
  const blocks = { message: { role: 'user', content: [{ type: 'image' }, { type: 'text', text: 'see n-2' }] } };
  expect(promptRecordsContaining(prompt('', blocks), ['n-1', 'n-2'])).toEqual(new Set(['n-2']));
});

test('a prompt that is torn anywhere is not there, and garbage in front of it does not hide it', () => {
  const line = prompt('n-1');
  for (let length = 0; length < line.length; length++) {
    expect(promptRecordsContaining(line.slice(0, length), ['n-1'])).toEqual(new Set());
  }
  expect(promptRecordsContaining(`{"type":"us\n\0\0\n[]\n${line}`, ['n-1'])).toEqual(new Set(['n-1']));
});

test.each([
  ['tool', 'nonce-1', 'answer 3'],
  ['tool-denied', 'nonce-1', 'answer 5'],
  ['stop-hook', 'nonce-1', 'answer 7'],
  ['background-shell', 'nonce-1', 'answer 52'],
  ['sub-agent', 'nonce-1', 'answer 34'],
  ['killed-tool-resumed', 'nonce-2', 'answer 43'],
  ['compacted', 'nonce-2', 'answer 56'],
])('a turn that came to its end has its last answer: %s', (name, nonce, text) => {
  expect(endedWell(captured(name), [nonce])).toEqual({ text });
});

test.each([
  ['stopped by an API error', 'api-error-resumed', 'nonce-2'],
  ['out of turns', 'max-turns', 'nonce-1'],
  ['blocked by a hook', 'blocked', 'nonce-1'],
  ['interrupted, though the next prompt was answered', 'sigint-resumed', 'nonce-1'],
  ['killed, though the next prompt was answered', 'killed-resumed', 'nonce-1'],
  ['not in the file', 'tool', 'nonce-9'],
])('a turn has not ended well when it was %s', (_, name, nonce) => {
  expect(endedWell(captured(name), [nonce])).toBeNull();
});

test('until its very last answer is in the file, a captured turn has not ended well', () => {
  for (const name of ['tool', 'tool-denied', 'background-shell', 'sub-agent']) {
    const lines = linesOf(captured(name));
    const last = lines.findLastIndex(line => JSON.parse(line).type === 'assistant');
    for (let count = 0; count <= last; count++) {
      const torn = `${lines.slice(0, count).join('\n')}\n${lines[count]!.slice(0, 200)}`;
      expect(endedWell(torn, ['nonce-1']), `${name}, ${count} lines`).toBeNull();
    }
    expect(endedWell(lines.slice(0, last + 1).join('\n'), ['nonce-1'])).not.toBeNull();
  }
});

test('a Stop hook that made the agent go on takes the first ending back', () => {
  const feedback = upTo('stop-hook', record => record.isMeta === true);
  expect(feedback).toContain('end_turn');
  expect(endedWell(feedback, ['nonce-1'])).toBeNull();
});

test('an answer followed by another prompt is no end', () => {
  expect(endedWell(`${prompt('n-1')}\n${answer('yes')}\n`, ['n-1'])).toEqual({ text: 'yes' });
  const next = prompt('and now?', { uuid: 'q', parentUuid: 'a-yes' });
  expect(endedWell(`${prompt('n-1')}\n${answer('yes')}\n${next}\n`, ['n-1'])).toBeNull();
});

test('another branch of the conversation does not answer for this one', () => {
  const stranger = answer('to somebody else', { parentUuid: 'somebody-elses-prompt' });
  expect(endedWell(`${prompt('n-1')}\n${stranger}\n`, ['n-1'])).toBeNull();
  expect(endedWell(`${prompt('n-1')}\n${answer('side', { isSidechain: true })}\n`, ['n-1'])).toBeNull();
});

test('the lines of one message are one text, and thinking alone is no answer', () => {
  const thinking = answer('', { uuid: 't' });
  expect(endedWell(`${prompt('n-1')}\n${thinking}\n`, ['n-1'])).toBeNull();
  const both = `${prompt('n-1')}\n${thinking}\n${answer('one')}\n${answer('two', { parentUuid: 'a-one' })}\n`;
  expect(endedWell(both, ['n-1'])).toEqual({ text: 'one\ntwo' });
});

test('the last prompt with one of the nonces counts, and a partial answer is none', () => {
  const again = prompt('you were interrupted: n-1', { uuid: 'p2', parentUuid: 'a-yes' });
  const text = `${prompt('n-1')}\n${answer('yes')}\n${again}\n`;
  expect(endedWell(text, ['n-1'])).toBeNull();
  expect(endedWell(`${text}${answer('half', { parentUuid: 'p2' }, 'max_tokens')}\n`, ['n-1'])).toBeNull();
  expect(endedWell(`${text}${answer('done', { parentUuid: 'p2' })}\n`, ['n-1'])).toEqual({ text: 'done' });
});

test('the total that claude counted for a session is its last word on it, torn lines and quotations aside', () => {
  expect(countedUsd(captured('sigterm-resumed'))).toBe(0.0001506);
  expect(countedUsd(upTo('sigint-tool-resumed', ({ type }) => type === 'cost-state'))).toBe(0.0003012);
  expect(countedUsd(`${captured('tool')}{"type":"cost-state","totalCo`)).toBe(0.0003012);
  expect(countedUsd(`${captured('tool')}${prompt('{"type":"cost-state","totalCostUSD":9}')}\n`)).toBe(0.0003012);
  expect(countedUsd('')).toBeNull();
});
