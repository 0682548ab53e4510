import { expect, test } from 'vitest';
import { NUDGE_TEXT } from '#hooks/claude/session-inbox.ts';
import { promptOfNudge } from '#hooks/claude/session-woken.ts';

const record = (more: object, content = `Another Claude session sent a message:\n${NUDGE_TEXT}`): string =>
  `${JSON.stringify({ type: 'user', isSidechain: false, promptId: 'p-1', message: { content }, ...more })}\n`;

test('a prompt that carries our words is the proof, and names its turn', () => {
  expect(promptOfNudge(record({}, 'typed by a person') + record({}))).toBe('p-1');
});

test.each([
  ['it only waits in the queue', record({ type: 'queue-operation', operation: 'enqueue' })],
  ['a sub-agent got it', record({ isSidechain: true })],
  ['the record is torn', record({}).slice(0, -20)],
  ['the id is no name for a file', record({ promptId: '../x' })],
  ['there is nothing', ''],
])('no proof: %s', (_why, jsonl) => {
  expect(promptOfNudge(jsonl)).toBeNull();
});
