import { expect, test } from 'vitest';
import type { Outcome } from '#blackboard/inbox/outcome.ts';
import { inboxLayout } from '#blackboard/layout.ts';
import type { Disposition, Ended, Intent } from '#blackboard/turns/turn-records.ts';
import type { History, HistoryTurn } from '#runner/status/message-history.ts';
import { stateOf, stepsOf } from '#runner/status/message-steps.ts';

const id = '01a1fc0b-65c1-7a13-a650-68d7794199fb';
const second = (n: number) => new Date(Date.UTC(2026, 10, 21, 12, 0, n)).toISOString();

/** A turn that began at second `from` and ended at second `to`; the child's file is 3 ms too old, as a coarse clock makes it. */
function turn(number: number, from: number, to: number | null, disposition?: Disposition): HistoryTurn {
  const name = `1795231507703-${id}`;
  const intent = { at: second(from), sessionId: 's', messages: [{ id, name, mode: 'body', rider: false }] };
  const ended = to !== null && {
    at: second(to),
    verdict: disposition?.do === 'ack' ? { kind: 'answered', text: '' } : { kind: 'failed', reason: 'no' },
    costUsd: 1,
    denials: [],
    messages: [{ id, disposition }],
  };
  return {
    number,
    intent: intent as unknown as Intent,
    child: { pid: 42, atMs: Date.parse(second(from)) - 3 },
    stop: null,
    ended: ended ? (ended as unknown as Ended) : null,
    answering: null,
  };
}

const history = (changes: Partial<History>): History => ({
  id,
  to: 'a',
  message: { id, from: 'operator', kind: 'request', at: second(0), trace: id, hops: 0, body: '' },
  place: null,
  inbox: inboxLayout('/root/agents/a'),
  turnsAt: '/root/agents/a/turns',
  turns: [],
  clearedBefore: null,
  earlier: [],
  outcome: null,
  life: { id, requeues: 0 },
  heldSinceMs: null,
  seen: null,
  asker: null,
  ...changes,
});
const names = (changes: Partial<History>) => stepsOf(history(changes)).map(({ step }) => step);
const release = (flags: string): Disposition => ({ do: 'release', name: `1795231507703-${id}${flags}` });
const outcome = (changes: Partial<Outcome>): Outcome => ({ id, outcome: 'replied', at: second(2), ...changes });

test('a message that nobody has claimed is queued', () => {
  expect(names({})).toEqual(['queued']);
  expect(stateOf(stepsOf(history({})), null)).toBe('queued');
});

test('a turn that runs is claimed and started, in this order and never earlier than its intent', () => {
  const steps = stepsOf(history({ turns: [turn(1, 1, null)] }));
  expect(steps).toMatchObject([{ step: 'queued' }, { step: 'claimed' }, { step: 'started', at: second(1), pid: 42 }]);
  expect(stateOf(steps, null)).toBe('started');
});

test('an attempt that counts has failed, one that does not was released, and either waits again', () => {
  expect(names({ turns: [turn(1, 1, 2, release(',t1,f1'))] }).at(-1)).toBe('failed');
  expect(names({ turns: [turn(1, 1, 2, release(',t1'))] }).at(-1)).toBe('released');
  expect(stateOf(stepsOf(history({ turns: [turn(1, 1, 2, release(',t1,f1'))] })), null)).toBe('queued');
});

test('the outcome follows the turn that decided it, and a requeue stands between two turns', () => {
  const bury: Disposition = { do: 'bury', reason: 'no' };
  const died = outcome({ outcome: 'dead', turn: 1, reason: 'no' });
  const steps = names({
    turns: [turn(1, 1, 2, bury), turn(2, 4, 5, { do: 'ack', outcome: 'replied' })],
    earlier: [{ outcome: died, path: '/o', requeued: { at: second(3), by: 'operator' }, requeuedAt: '/o.requeued' }],
    outcome: outcome({ at: second(5), turn: 2, reply: 'r' }),
  });
  const worked = ['claimed', 'started', 'ended'];
  const answered = ['claimed', 'started', 'seen', 'ended', 'replied'];
  expect(steps).toEqual(['queued', ...worked, 'dead', 'requeued', ...answered]);
});

test('a message that was cancelled while it waited is dead without a turn', () => {
  const steps = stepsOf(history({ outcome: outcome({ outcome: 'dead', reason: 'cancelled by operator' }) }));
  expect(steps).toMatchObject([{ step: 'queued' }, { step: 'dead', turn: null, reason: 'cancelled by operator' }]);
});
