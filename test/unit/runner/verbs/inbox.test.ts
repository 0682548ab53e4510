// What an inbox holds, one message of it, and how what was read is put away: as data.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deliver } from '#blackboard/inbox/deliver.ts';
import { type AgentLayout, inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { newId } from '#blackboard/system/ids.ts';
import { ack, ackShown } from '#runner/verbs/ack.ts';
import { inbox } from '#runner/verbs/inbox.ts';
import { read } from '#runner/verbs/read.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type VerbRoot, verbRoot } from './verb-root.ts';

let place: VerbRoot;
let worker: AgentLayout;
beforeEach(async () => {
  place = await verbRoot();
  worker = await place.agent('worker');
});
afterEach(() => place[Symbol.asyncDispose]());

const operator = () => inboxLayout(rootLayout(place.context.root).operator);

/** The worker answers this message; the answer's id. */
async function answer(request: string): Promise<string> {
  const id = newId(Date.now());
  const head = { id, from: 'worker', kind: 'answer' as const, at: new Date().toISOString(), trace: request, hops: 1 };
  await deliver(place.context.files, operator(), { ...head, inReplyTo: [request], body: 'it is green' });
  return id;
}

test('an answer is unread with what it answers, read in full, acked once, and then among what was read before', async () => {
  const { context } = place;
  const request = await place.deliver(worker, { subject: 'the build' });
  const id = await answer(request);
  const { peer, messages, unreadable } = await inbox(context, { peer: null, all: false });
  expect({ peer, unreadable }).toEqual({ peer: 'operator', unreadable: [] });
  expect(messages).toMatchObject([
    { id, unread: true, from: 'worker', inReplyTo: [request], answers: [{ id: request, gist: 'the build' }] },
  ]);
  expect(jsonViolations('inbox', messages)).toEqual([]);

  const whole = await read(context, { id: id });
  expect(whole).toMatchObject({ id, to: 'operator', state: 'new', body: 'it is green' });
  expect(jsonViolations('read', whole)).toEqual([]);

  const acked = await ack(context, { ids: [id] });
  expect(acked).toEqual([{ id, peer: 'operator', state: 'acked' }]);
  expect(jsonViolations('ack', acked)).toEqual([]);
  expect(await ack(context, { ids: [id] })).toEqual([{ id, peer: 'operator', state: 'done' }]);
  expect((await inbox(context, { peer: null, all: false })).messages).toEqual([]);
  expect((await inbox(context, { peer: null, all: true })).messages).toMatchObject([{ id, unread: false }]);
});

test('of many unread ones only the newest are read, and the others counted', async () => {
  const { context } = place;
  const ids: string[] = [];
  for (let index = 0; index < 5; index++) ids.push(await answer(newId(Date.now())));
  await writeFile(join(operator().new, `0000000000001-${newId(1)}`), 'nobody looks into what is not shown');
  const { messages, older, unreadable } = await inbox(context, { peer: null, newest: 2, all: false });
  expect(messages.map(({ id }) => id)).toEqual(ids.slice(3));
  expect({ older, unreadable }).toEqual({ older: 4, unreadable: [] });
});

test("an agent's requests are its work: shown, and refused to an ack with 77, while nothing else is moved", async () => {
  const { context } = place;
  const work = await place.deliver(worker);
  const note = await place.deliver(worker, { kind: 'note' });
  await expect(ack(context, { ids: [note, 'ffffffff'] })).rejects.toMatchObject({ exit: 66 });
  await expect(ack(context, { ids: [work] })).rejects.toMatchObject({ exit: 77 });
  const { messages } = await inbox(context, { peer: 'worker', all: false });
  expect(messages.map(({ id }) => id)).toEqual([work, note]);
  expect(await ackShown(context, { peer: 'worker', ids: [work, note] })).toEqual({
    acked: [{ id: note, peer: 'worker', state: 'acked' }],
    stayed: 1,
  });
  expect((await inbox(context, { peer: 'worker', all: false })).messages).toMatchObject([{ id: work }]);
});

test('what came after the look is not acked with what was shown', async () => {
  const { context } = place;
  const first = await answer(await place.deliver(worker));
  const second = await answer(await place.deliver(worker));
  await ackShown(context, { peer: 'operator', ids: [first] });
  expect((await inbox(context, { peer: null, all: false })).messages).toMatchObject([{ id: second }]);
});

test('a file that is no message is told by its path, and an unknown peer or message is 66', async () => {
  const { context } = place;
  const id = await place.deliver(worker, { kind: 'note' });
  const [name] = await context.files.list(worker.inbox.new);
  const path = join(worker.inbox.new, name!);
  await writeFile(path, 'no message');
  expect(await inbox(context, { peer: 'worker', all: false })).toMatchObject({ messages: [], unreadable: [path] });
  await expect(read(context, { id: id })).rejects.toMatchObject({ exit: 65 });
  await expect(inbox(context, { peer: 'nobody', all: false })).rejects.toMatchObject({ exit: 66 });
  await expect(inbox(context, { peer: 'self', all: false })).rejects.toMatchObject({ exit: 64 });
});
