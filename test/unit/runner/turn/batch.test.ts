import { expect, test } from 'vitest';
import type { Message, MessageKind } from '#blackboard/messages/message.ts';
import { byUrgency, freshName, type MessageName } from '#blackboard/messages/message-name.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type Candidate, chooseBatch, orderOfTurn } from '#runner/turn/batch.ts';

let count = 0;
function candidate(message: Partial<Message> = {}, name: Partial<MessageName> = {}): Candidate {
  const id = `00000000-0000-7000-8000-${String(++count).padStart(12, '0')}`;
  return {
    name: { ...freshName(1_700_000_000_000 + count, id), ...name },
    message: {
      id,
      from: 'operator',
      kind: 'request',
      at: '2026-11-21T12:00:00.000Z',
      trace: id,
      hops: 0,
      body: 'x',
      ...message,
    },
  };
}
const NOW = Date.parse('2026-11-21T12:00:00.000Z');
const threads = { batch: 'thread', turnOn: ['request', 'question'] as MessageKind[], nowMs: NOW } as const;
const choose = (candidates: Candidate[], options: Parameters<typeof chooseBatch>[1] = threads) =>
  chooseBatch(candidates, options);

test('an empty inbox gives no turn', () => {
  expect(choose([])).toMatchObject({ work: [], riders: [] });
});

test('messages of one sender, thread and kind share a turn, in the order they stand', () => {
  const [a, b, c] = [1, 2, 3].map(() => candidate({ thread: 't' }));
  expect(choose([a!, b!, c!]).work).toEqual([a, b, c]);
});

test.each<[string, Partial<Message>]>([
  ['another sender', { from: 'b', thread: 't' }],
  ['another thread', { thread: 'u' }],
  ['no thread', {}],
  ['another kind', { kind: 'question', thread: 't' }],
])('%s never shares the turn: its answer would go to the wrong place', (_what, other) => {
  const first = candidate({ thread: 't' });
  expect(choose([first, candidate(other)])).toMatchObject({ work: [first], riders: [] });
});

test('no thread is a thread of one’s own', () => {
  const [a, b] = [candidate(), candidate()];
  expect(choose([a, b]).work).toEqual([a]);
});

test('with batch: one every message has a turn to itself', () => {
  const [a, b] = [candidate({ thread: 't' }), candidate({ thread: 't' })];
  expect(choose([a, b], { ...threads, batch: 'one' }).work).toEqual([a]);
});

test('what has to run alone takes nobody along and goes along with nobody', () => {
  const alone = candidate({ thread: 't' }, { alone: true });
  const [a, b] = [candidate({ thread: 't' }), candidate({ thread: 't' })];
  expect(choose([alone, a, b]).work).toEqual([alone]);
  expect(choose([a, alone, b]).work).toEqual([a, b]);
});

test('kinds that start no turn start none, and ride along with one that does', () => {
  const [note, answer] = [candidate({ kind: 'note' }), candidate({ kind: 'answer', from: 'b' })];
  expect(choose([note, answer])).toMatchObject({ work: [], riders: [note, answer] });
  const request = candidate();
  expect(choose([note, request, answer])).toMatchObject({ work: [request], riders: [note, answer] });
});

test('an agent may let other kinds start its turns', () => {
  const note = candidate({ kind: 'note' });
  expect(choose([note], { ...threads, turnOn: ['note'] }).work).toEqual([note]);
  expect(choose([candidate()], { ...threads, turnOn: ['note'] }).work).toEqual([]);
});

test('a turn takes at most so many messages, and at most so many riders', () => {
  const many = Array.from({ length: 30 }, () => candidate({ thread: 't' }));
  const notes = Array.from({ length: 30 }, () => candidate({ kind: 'note' }));
  const batch = choose([...many, ...notes]);
  expect(batch.work).toEqual(many.slice(0, limits.batchMessagesMax));
  expect(batch.riders).toEqual(notes.slice(0, limits.riderMessagesMax));
});

test('a turn takes at most so many bytes; what does not fit leaves the later ones behind it', () => {
  const half = 'x'.repeat(limits.batchBytesMax / 2);
  const [a, b] = [candidate({ thread: 't', body: half }), candidate({ thread: 't', body: half })];
  const [c, small] = [candidate({ thread: 't', body: 'y' }), candidate({ thread: 't', body: '' })];
  expect(choose([a, b]).work).toEqual([a, b]);
  expect(choose([a, b, c, small]).work).toEqual([a, b]);
});

test('one message is taken however large it is', () => {
  const large = candidate({ thread: 't', body: 'x'.repeat(limits.batchBytesMax * 2) });
  expect(choose([large]).work).toEqual([large]);
});

test('high goes before normal before low, then the older one, then the smaller id', () => {
  const [low, normal, high, older] = [
    candidate({}, { priority: 'low', atMs: 1 }),
    candidate({}, { atMs: 5 }),
    candidate({}, { priority: 'high', atMs: 9 }),
    candidate({}, { atMs: 4 }),
  ].map(({ name }) => name);
  expect([low!, normal!, high!, older!].sort(byUrgency)).toEqual([high, older, normal, low]);
  const twins = [candidate({}, { atMs: 7 }).name, candidate({}, { atMs: 7 }).name];
  expect([...twins].reverse().sort(byUrgency)).toEqual(twins);
});

test('what has expired is neither work nor rider, and is named so that it can be buried', () => {
  const at = (ms: number) => new Date(NOW + ms).toISOString();
  const [past, now, future] = [at(-1), at(0), at(1)].map(expiresAt => candidate({ expiresAt }));
  const note = candidate({ kind: 'note', expiresAt: at(-1) });
  expect(choose([past!, now!, future!, note])).toEqual({
    work: [future],
    riders: [],
    expired: [past, now, note],
    expiresMs: Date.parse(future!.message.expiresAt!),
  });
});

test('every so many turns the oldest goes first, so that low ones do not starve', () => {
  const [low, high] = [candidate({}, { priority: 'low', atMs: 1 }).name, candidate({}, { priority: 'high' }).name];
  const turns = Array.from({ length: limits.oldestFirstEvery * 2 }, (_, at) => at + 1);
  const firstOnes = turns.map(turn => [high, low].sort(orderOfTurn(turn))[0]);
  expect(firstOnes.filter(first => first === low)).toHaveLength(2);
  expect(firstOnes[0]).toBe(high);
});

test('no rhythm of turns that do other work (hand-off notes, burials) keeps the oldest from its turn', () => {
  const [low, high] = [candidate({}, { priority: 'low', atMs: 1 }).name, candidate({}, { priority: 'high' }).name];
  for (let period = 1; period <= 12; period++)
    for (let from = 1; from <= period; from++) {
      const turns = Array.from({ length: 60 }, (_, at) => from + at * period);
      const served = turns.filter(turn => [high, low].sort(orderOfTurn(turn))[0] === low);
      expect(served.length, `each turn ${from} + n × ${period}`).toBeGreaterThan(5);
    }
});
