import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buryFile } from '#blackboard/inbox/bury.ts';
import type { AgentLayout } from '#blackboard/layout.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import { cancelMessage } from '#runner/turn/cancelling.ts';
import { deadList } from '#runner/verbs/dead-list.ts';
import { deadPurge } from '#runner/verbs/dead-purge.ts';
import { deadRequeue } from '#runner/verbs/dead-requeue.ts';
import { deadShow } from '#runner/verbs/dead-show.ts';
import { eventsIn } from '#test/support/events-in.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type VerbRoot, verbRoot } from './verb-root.ts';

let place: VerbRoot;
let agent: AgentLayout;
beforeEach(async () => {
  place = await verbRoot();
  agent = await place.agent('worker');
});
afterEach(() => place[Symbol.asyncDispose]());

async function letter(): Promise<string> {
  const { root, files } = place.context;
  const id = await place.deliver(agent);
  const canceller = { root, files, clock: systemClock, by: 'operator', isRun: async () => false };
  await cancelMessage(canceller, { id, peer: 'worker', inbox: agent.inbox });
  return id;
}

async function drop(text: string): Promise<void> {
  const path = join(agent.inbox.tmp, 'drop');
  await writeFile(path, text);
  await buryFile(place.context.files, agent.inbox, path, 'task.txt', 'it is no text', Date.now());
}

test('dead list: messages with their sender, drops by the name they had', async () => {
  const id = await letter();
  await drop('x');
  const found = await deadList(place.context, { peer: null });
  expect(jsonViolations('dead list', found)).toEqual([]);
  expect(found).toMatchObject([
    { id, peer: 'worker', from: 'operator', kind: 'request', droppedAs: null, reason: 'cancelled by operator' },
    { peer: 'worker', from: null, kind: null, droppedAs: 'task.txt', reason: 'it is no text' },
  ]);
  expect(await deadList(place.context, { peer: 'operator' })).toEqual([]);
});

test('dead list: a name of nobody is 66, and what can only be a message 64', async () => {
  await expect(deadList(place.context, { peer: 'nobody' })).rejects.toMatchObject({ exit: exitCode.noSuch });
  await expect(deadList(place.context, { peer: '5f0c9e1b' })).rejects.toMatchObject({ exit: exitCode.usage });
});

test('dead show: the text, or why there is none', async () => {
  const id = await letter();
  const shown = await deadShow(place.context, { letter: id });
  expect(jsonViolations('dead show', shown)).toEqual([]);
  expect(shown).toMatchObject({ id, text: expect.stringContaining('look at it'), noText: null });
  await drop('\0');
  const [, { file }] = (await deadList(place.context, { peer: null })) as [unknown, { file: string }];
  expect(await deadShow(place.context, { letter: file })).toMatchObject({
    droppedAs: 'task.txt',
    text: null,
    noText: '1 bytes that are no short text',
  });
  await expect(deadShow(place.context, { letter: 'x' })).rejects.toMatchObject({ exit: exitCode.noSuch });
});

test('dead requeue: a message waits again, and it is said that nobody runs its agent', async () => {
  const id = await letter();
  const again = await deadRequeue(place.context, { letter: id });
  expect(jsonViolations('dead requeue', again)).toEqual([]);
  expect(again).toMatchObject({ id, kind: 'message', path: null, waits: expect.stringContaining('worker is ') });
  expect(await deadList(place.context, { peer: null })).toEqual([]);
  await expect(deadRequeue(place.context, { letter: id })).rejects.toMatchObject({
    exit: exitCode.no,
    message: expect.stringContaining('is not dead'),
  });
});

test('dead requeue: a drop lies in the inbox again; an empty one cannot be work', async () => {
  await drop('do it');
  const [first] = await deadList(place.context, { peer: null });
  expect(await deadRequeue(place.context, { letter: first!.id })).toMatchObject({
    kind: 'drop',
    path: join(agent.inbox.inbox, 'task.txt'),
  });
  expect((await eventsIn(place.context.files, agent.inbox.events)).at(-1)).toMatchObject({
    ...{ peer: 'worker', type: 'drop.returned', name: 'task.txt', path: join(agent.inbox.inbox, 'task.txt') },
  });
  await drop('');
  const [empty] = await deadList(place.context, { peer: null });
  await expect(deadRequeue(place.context, { letter: empty!.id })).rejects.toMatchObject({ exit: exitCode.badData });
});

test('dead purge: what was named is removed, and nothing where nothing was named', async () => {
  const ids = [await letter(), await letter()];
  const none = { of: null, olderThan: null, all: false };
  await expect(deadPurge(place.context, none)).rejects.toMatchObject({ exit: exitCode.usage });
  await expect(deadPurge(place.context, { ...none, olderThan: 'long' })).rejects.toMatchObject({
    exit: exitCode.usage,
  });
  await expect(deadPurge(place.context, { ...none, of: 'x' })).rejects.toMatchObject({ exit: exitCode.noSuch });
  expect(await deadPurge(place.context, { ...none, olderThan: '1h' })).toEqual([]);
  const removed = await deadPurge(place.context, { ...none, of: ids[0]! });
  expect(jsonViolations('dead purge', removed)).toEqual([]);
  expect(removed).toMatchObject([{ id: ids[0], peer: 'worker', droppedAs: null }]);
  expect(await deadPurge(place.context, { ...none, of: 'worker' })).toMatchObject([{ id: ids[1] }]);
  expect(await readdir(agent.inbox.dead)).toEqual([]);
  const purged = (await eventsIn(place.context.files, agent.inbox.events)).filter(
    ({ type }) => type === 'message.purged',
  );
  expect(purged).toMatchObject(ids.map(id => ({ peer: 'worker', id, by: 'operator' })));
});
