import { expect, test } from 'vitest';
import { submittedCommand, submittedText } from '#hooks/claude/submitted.ts';

const jsonl = (...records: object[]) => records.map(record => `${JSON.stringify(record)}\n`).join('');
const user = (content: unknown, more: object = {}) => ({ type: 'user', message: { role: 'user', content }, ...more });
const TEXT = '[agent-runner] go on';

test.each([
  ['a prompt', user(TEXT), { kind: 'sent' }],
  ['a prompt as a block', user([{ type: 'text', text: TEXT }]), { kind: 'sent' }],
  ['a queued one', { type: 'queue-operation', operation: 'enqueue', content: TEXT }, { kind: 'queued' }],
  ['with a letter of somebody else', user('[agent-runner] gox on'), { kind: 'mixed', text: '[agent-runner] gox on' }],
  ['with the end cut off', user('[agent-runner] go'), { kind: 'mixed', text: '[agent-runner] go' }],
  ['with a blank more', user(`${TEXT} `), { kind: 'mixed', text: `${TEXT} ` }],
  ['another prompt', user('hello'), null],
  ['what the CLI put there', user(TEXT, { isMeta: true }), null],
  ['of a sub-agent', user(TEXT, { isSidechain: true }), null],
  ['a result that quotes it', user([{ type: 'tool_result', content: TEXT }]), null],
  ['an answer that quotes it', { type: 'assistant', message: { content: [{ type: 'text', text: TEXT }] } }, null],
  ['a queue that is emptied', { type: 'queue-operation', operation: 'dequeue' }, null],
])('%s', (_, record, told) => {
  expect(submittedText(`{"type":"mode"}\n${jsonl(record)}`, TEXT)).toEqual(told);
});

test('a line that is still being written proves nothing', () => {
  expect(submittedText(jsonl(user(TEXT)).slice(0, -5), TEXT)).toBeNull();
});

test('the exact text counts, wherever another one stands', () => {
  expect(submittedText(jsonl(user('[agent-runner] go x on'), user(TEXT)), TEXT)).toEqual({ kind: 'sent' });
});

const ran = (name: string, args = '') =>
  `<command-name>/${name}</command-name>\n            <command-message>${name}</command-message>\n            <command-args>${args}</command-args>`;

test.each([
  ['as a prompt', user(ran('compact', 'keep names')), { kind: 'sent' }],
  [
    'as a local one',
    { type: 'system', subtype: 'local_command', content: ran('compact', 'keep names') },
    { kind: 'sent' },
  ],
  ['another one', user(ran('clear')), { kind: 'mixed', text: '/clear' }],
  ['with other words', user(ran('compact', 'x')), { kind: 'mixed', text: '/compact x' }],
  [
    'unknown',
    { type: 'system', subtype: 'informational', content: 'Unknown command: /compact' },
    { kind: 'refused', text: 'Unknown command: /compact' },
  ],
  ['queued', { type: 'queue-operation', operation: 'enqueue', content: '/compact keep names' }, { kind: 'queued' }],
  ['what the CLI put there', user(ran('compact', 'keep names'), { isMeta: true }), null],
  ['of a sub-agent', user(ran('clear'), { isSidechain: true }), null],
  ['its output alone', user('<local-command-stdout>x</local-command-stdout>'), null],
])('a command: %s', (_, record, told) => {
  expect(submittedCommand(jsonl(record), '/compact keep names')).toEqual(told);
});
