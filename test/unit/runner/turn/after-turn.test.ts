import { expect, test } from 'vitest';
import { formatMessageName, freshName } from '#blackboard/messages/message-name.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { IntentMessage, Verdict } from '#blackboard/turns/turn-records.ts';
import { backoffMs, disposeOf, startHoldMs } from '#runner/turn/after-turn.ts';

const ID = '01a1fc0b-65c1-7a13-a650-68d7794199fb';
const name = freshName(1_700_000_000_000, ID);
const message: IntentMessage = {
  id: ID,
  name: formatMessageName(name),
  from: 'operator',
  kind: 'request',
  thread: null,
  trace: 't',
  hops: 0,
  mode: 'body',
  rider: false,
  spentUsd: 0,
  nonces: ['n'],
};
const after = (verdict: Verdict, workCount = 1) => ({
  turn: 7,
  verdict,
  workCount,
  attemptsMax: 3,
  shareUsd: 0.5,
  perMessageUsd: 4,
});
const failed: Verdict = { kind: 'failed', reason: 'boom' };
const released = (changes: object) => ({
  do: 'release',
  name: formatMessageName({ ...name, lastTurn: 7, ...changes }),
});

test('an answered request is replied to, an answered note is only done', () => {
  const answered: Verdict = { kind: 'answered', text: 'x' };
  expect(disposeOf(message, name, after(answered))).toEqual({ do: 'ack', outcome: 'replied' });
  expect(disposeOf({ ...message, kind: 'note' }, name, after(answered))).toEqual({ do: 'ack', outcome: 'done' });
  expect(disposeOf({ ...message, rider: true }, name, after(answered))).toEqual({ do: 'ack', outcome: 'done' });
});

test('a void turn leaves no trace on the message', () => {
  expect(disposeOf(message, name, after({ kind: 'void', reason: '' }))).toEqual({ do: 'release', name: message.name });
});

test('a failure alone counts and goes on alone; the third is the last', () => {
  expect(disposeOf(message, name, after(failed))).toEqual(released({ failures: 1, alone: true }));
  expect(disposeOf(message, { ...name, failures: 2 }, after(failed))).toEqual({
    do: 'bury',
    reason: 'failed 3 times, last: boom',
  });
});

test('a failure of several counts for none of them, and each runs alone', () => {
  expect(disposeOf(message, { ...name, failures: 2 }, after(failed, 2))).toEqual(
    released({ failures: 2, alone: true }),
  );
});

test('interruptions count on their own, up to ten', () => {
  const interrupted: Verdict = { kind: 'interrupted', reason: 'killed' };
  expect(disposeOf(message, { ...name, failures: 2 }, after(interrupted))).toEqual(
    released({ failures: 2, interruptions: 1 }),
  );
  expect(disposeOf(message, { ...name, interruptions: limits.interruptionsMax - 1 }, after(interrupted)).do).toBe(
    'bury',
  );
});

test.each<Verdict>([
  { kind: 'temporary', reason: '', resetAtMs: null },
  { kind: 'needs-person', code: 'auth', reason: '' },
  { kind: 'session-lost', reason: '' },
])('$kind is not the message’s fault: nothing counts', verdict => {
  expect(disposeOf(message, name, after(verdict))).toEqual(released({}));
});

test('over its budget a message is dead at once, unless it shared the turn', () => {
  const over: Verdict = { kind: 'over-budget', reason: 'too dear' };
  expect(disposeOf(message, name, after(over))).toEqual({ do: 'bury', reason: 'too dear' });
  expect(disposeOf(message, name, after(over, 2))).toEqual(released({ alone: true }));
});

test('a cancel buries what it names and lets the others go on', () => {
  const cancel = (messages: string[] | null): Verdict => ({
    kind: 'cancelled',
    reason: 'cancelled by operator',
    messages,
  });
  expect(disposeOf(message, name, after(cancel(null))).do).toBe('bury');
  expect(disposeOf(message, name, after(cancel([ID]))).do).toBe('bury');
  expect(disposeOf(message, name, after(cancel(['other']), 2))).toEqual(released({}));
});

test('a rider is never blamed', () => {
  expect(disposeOf({ ...message, rider: true }, name, after(failed))).toEqual(released({}));
});

test('the pause doubles from one second to five minutes, less at most a quarter', () => {
  const longest = [1, 2, 3, 4, 9, 10, 50].map(level => backoffMs(level, () => 0));
  expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 256_000, 300_000, 300_000]);
  expect(backoffMs(1, () => 0.999)).toBeGreaterThanOrEqual(750);
});

test('a message that has eaten its budget without an answer is dead, whatever ended the turn', () => {
  const dear = { ...message, spentUsd: 3.6 };
  expect(disposeOf(dear, name, after({ kind: 'interrupted', reason: 'killed' }))).toEqual({
    do: 'bury',
    reason: 'it has cost $4.10 without an answer (perMessageUsd); last: killed',
  });
  expect(disposeOf(dear, name, after({ kind: 'answered', text: 'x' })).do).toBe('ack');
});

test('too long in a session that had turns is the session’s fault; in a fresh one the message’s', () => {
  expect(disposeOf(message, name, after({ kind: 'too-long', reason: 'x', fresh: false }))).toEqual(released({}));
  expect(disposeOf(message, name, after({ kind: 'too-long', reason: 'x', fresh: true }))).toEqual(
    released({ failures: 1, alone: true }),
  );
});

test.each<[string, Verdict, object]>([
  ['whose claude did not get as far as the model', { kind: 'unstarted', reason: 'r', holdAfter: 2 }, {}],
  ['in a conversation that is refused', { kind: 'refused', reason: 'r', blame: 'session' }, {}],
  ['that is refused everywhere', { kind: 'refused', reason: 'r', blame: 'nobody' }, {}],
  ['that is refused on its own', { kind: 'refused', reason: 'r', blame: 'message' }, { failures: 1, alone: true }],
])('a message %s waits again, and counts only what is its own', (_name, verdict, counted) => {
  expect(disposeOf(message, name, after(verdict))).toEqual(released(counted));
  expect(disposeOf({ ...message, rider: true }, name, after(verdict))).toEqual(released({}));
});

test('a claude that does not start is tried again after a minute, then twice as long, an hour at most', () => {
  expect([1, 2, 3, 4, 7, 8, 9, 99].map(count => startHoldMs(count, 2))).toEqual(
    [null, 1, 2, 4, 32, 60, 60, 60].map(minutes => minutes && minutes * 60_000),
  );
  expect(startHoldMs(1, 1)).toBe(60_000);
});
