import { expect, test } from 'vitest';
import { statusIn } from '#hooks/claude/session-status.ts';

const peer = { id: 'a', process: { pid: 7, startTime: '1309871', bootId: 'b' } };
const registry = (more: object) => JSON.stringify({ sessionId: 'a', procStart: '1309871', ...more });

test.each([
  [{ status: 'idle' }, { word: 'idle', detail: null }],
  [{ status: 'busy' }, { word: 'busy', detail: null }],
  [{ status: 'shell' }, { word: 'busy', detail: null }],
  [
    { status: 'waiting', waitingFor: 'permission prompt' },
    { word: 'waiting', detail: 'permission' },
  ],
  [
    { status: 'waiting', waitingFor: 'input needed' },
    { word: 'waiting', detail: 'answer' },
  ],
  [
    { status: 'waiting', waitingFor: 'dialog open' },
    { word: 'waiting', detail: 'answer' },
  ],
  [{ status: 'something new' }, null],
  [{}, null],
])('claude says %j', (said, expected) => {
  expect(statusIn(registry(said), peer)).toEqual(expected);
});

test('a file of another session, or of an earlier process with this pid, says nothing', () => {
  expect(statusIn(registry({ status: 'idle', sessionId: 'b' }), peer)).toBeNull();
  expect(statusIn(registry({ status: 'idle', procStart: '99' }), peer)).toBeNull();
});
