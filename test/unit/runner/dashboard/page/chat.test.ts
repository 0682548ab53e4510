// A peer's lines as a conversation.
import { describe, expect, test } from 'vitest';
import type { Event } from '#blackboard/events/event.ts';
import { createChat, type Item, type MessageItem, type TurnItem } from '#runner/dashboard/page/chat.ts';
import type { Line } from '#runner/dashboard/page/lines.ts';

const AT = '2026-11-30T12:00:00.000Z';
let count = 0;
const line = (event: object): Line => ({
  key: String(++count),
  at: AT,
  event: { at: AT, peer: 'ann', ...event } as Event,
});
const queued = (id: string, more: object = {}) =>
  line({ type: 'message.queued', id, from: 'operator', kind: 'request', dueAt: null, ...more });
const started = (turn: number, ids: readonly string[] = []) =>
  line({
    ...{ type: 'turn.started', turn, kind: 'work', sessionId: 's', resumed: false, begunAt: AT, bySignal: false },
    ...{ signals: null },
    messages: ids.map(id => ({ id, from: 'operator', kind: 'request', mode: 'body', rider: false, text: `do ${id}` })),
  });
const ended = (turn: number, more: object = {}) =>
  line({
    ...{ type: 'turn.ended', turn, kind: 'work', bySignal: false, askers: [], verdict: 'answered', reason: null },
    ...{ costUsd: 0.25, reportedUsd: null, seconds: 12, cacheReadTokens: 0, cacheWrittenTokens: 0 },
    ...{ cacheMissed: false, messages: [], ...more },
  });
const chatOf = (...lines: Line[]): readonly Item[] => {
  const chat = createChat();
  for (const each of lines) chat.add(each);
  return chat.items();
};
const messageIn = (items: readonly Item[]) => items.find(item => item.kind === 'message') as MessageItem;
const turnIn = (items: readonly Item[]) => items.find(item => item.kind === 'turn') as TurnItem;

test('a message, the turn that takes it up, what it says and does, and its end are two items', () => {
  const items = chatOf(
    queued('m1'),
    started(1, ['m1']),
    line({ type: 'turn.text', turn: 1, text: 'I look' }),
    line({ type: 'turn.tool', turn: 1, tool: 'Read', input: '{"file_path":"a"}' }),
    ended(1, { messages: [{ id: 'm1', became: 'replied' }] }),
  );
  expect(items.map(({ kind }) => kind)).toEqual(['message', 'turn']);
  expect(messageIn(items)).toMatchObject({ id: 'm1', from: 'operator', text: 'do m1', state: 'answered' });
  expect(turnIn(items)).toMatchObject({ number: 1, end: { verdict: 'answered', costUsd: 0.25, seconds: 12 } });
  expect(turnIn(items).parts).toMatchObject([
    { kind: 'text', text: 'I look' },
    { kind: 'tool', tool: 'Read', failed: null },
  ]);
});

describe('a message tells how far it has come', () => {
  test.each([
    ['waits', queued('m')],
    ['later', queued('m', { dueAt: AT })],
    ['waits', line({ type: 'message.due', id: 'm' })],
    ['taken', line({ type: 'message.claimed', id: 'm', turn: null })],
    ['waits', line({ type: 'message.released', id: 'm', turn: null })],
    ['answered', line({ type: 'message.replied', id: 'm', turn: 1, reply: null })],
    ['read', line({ type: 'message.acked', id: 'm' })],
    ['read', line({ type: 'message.done', id: 'm', turn: 1 })],
    ['dead', line({ type: 'message.buried', id: 'm', turn: null, reason: 'too late' })],
    ['waits', line({ type: 'message.requeued', id: 'm', by: 'operator' })],
    ['gone', line({ type: 'message.purged', id: 'm', by: 'operator' })],
  ] as const)('%s', (state, last) => {
    expect(messageIn(chatOf(queued('m'), last)).state).toBe(state);
  });

  test('and why it is dead, until it waits again', () => {
    const buried = line({ type: 'message.buried', id: 'm', turn: null, reason: 'too late' });
    expect(messageIn(chatOf(queued('m'), buried)).note).toBe('too late');
    const requeued = line({ type: 'message.requeued', id: 'm', by: 'operator' });
    expect(messageIn(chatOf(queued('m'), buried, requeued)).note).toBeNull();
  });
});

test('the text of a message that could not be read, or was cut, has to be read', () => {
  const isCut = line({
    ...{ type: 'turn.started', turn: 1, kind: 'work', sessionId: 's', resumed: false, begunAt: AT, bySignal: false },
    ...{ signals: null, isCut: true },
    messages: [{ id: 'm', from: 'operator', kind: 'request', mode: 'body', rider: false, text: 'the beginn' }],
  });
  expect(messageIn(chatOf(queued('m'))).text).toBeNull();
  expect(messageIn(chatOf(queued('m'), isCut))).toMatchObject({ text: 'the beginn', isCut: true });
});

test('a tool that fails is the last that has not failed yet; one that nobody saw called is told all the same', () => {
  const tool = (name: string) => line({ type: 'turn.tool', turn: 1, tool: name, input: '{}' });
  const failed = (text: string) => line({ type: 'turn.toolFailed', turn: 1, text });
  const { parts } = turnIn(chatOf(started(1), tool('A'), tool('B'), failed('b'), failed('a'), failed('more')));
  expect(parts).toMatchObject([
    { tool: 'A', failed: 'a' },
    { tool: 'B', failed: 'b' },
    { tool: 'tool', failed: 'more' },
  ]);
});

test('a card stands in its turn, and tells how it ended', () => {
  const asked = line({
    type: 'card.asked',
    id: 'c',
    turn: 1,
    tool: 'Bash',
    text: 'x',
    details: '',
    untilAt: AT,
    mend: '',
  });
  const over = line({ type: 'card.ended', id: 'c', turn: 1, tool: 'Bash', how: 'denied', text: '' });
  expect(turnIn(chatOf(started(1), asked)).parts).toMatchObject([{ kind: 'card', id: 'c', end: null }]);
  expect(turnIn(chatOf(started(1), asked, over)).parts).toMatchObject([{ kind: 'card', id: 'c', end: 'denied' }]);
});

test('a turn whose end no line tells is lost once the next has begun, and runs before that', () => {
  expect(turnIn(chatOf(started(1))).isLost).toBe(false);
  expect(turnIn(chatOf(started(1), started(2))).isLost).toBe(true);
  expect(turnIn(chatOf(started(1), ended(1), started(2))).isLost).toBe(false);
});

test('what happened between turns is a note, with what mends it; what nobody wants to know is none', () => {
  const parked = line({
    type: 'agent.parked',
    code: 'budget',
    reason: 'spent',
    untilAt: null,
    mend: 'agent-runner resume ann',
  });
  const items = chatOf(parked, line({ type: 'turn.elected', turn: 1 }), line({ type: 'runner.ended', pid: 1 }));
  expect(items).toMatchObject([
    { kind: 'note', tone: 'bad', text: 'Parked until you resume it: spent', mend: 'agent-runner resume ann' },
  ]);
});

test('what was said in a session stands as it was said', () => {
  const said: Line = { key: 's', at: AT, said: { role: 'assistant', at: AT, text: 'done' } };
  expect(chatOf(said)).toEqual([{ kind: 'said', key: 's s', at: AT, role: 'assistant', text: 'done' }]);
});

test('items that did not change are the same objects: only what changed is drawn again', () => {
  const chat = createChat();
  for (const each of [queued('m1'), started(1, ['m1']), queued('m2')]) chat.add(each);
  const before = chat.items();
  chat.add(line({ type: 'turn.text', turn: 1, text: 'more' }));
  const after = chat.items();
  expect(after.map((item, at) => item === before[at])).toEqual([true, false, true]);
  expect(chat.items()).toBe(after);
});
