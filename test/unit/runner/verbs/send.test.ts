// Sending, asking and answering as functions: data in, data out, and each error with its exit code.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deliver } from '#blackboard/inbox/deliver.ts';
import { writeOutcome } from '#blackboard/inbox/outcome.ts';
import { type AgentLayout, inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { newId } from '#blackboard/system/ids.ts';
import { type AskProgress, ask } from '#runner/verbs/ask.ts';
import { at } from '#runner/verbs/at.ts';
import { inbox } from '#runner/verbs/inbox.ts';
import type { Letter } from '#runner/verbs/outgoing.ts';
import { read } from '#runner/verbs/read.ts';
import { reply } from '#runner/verbs/reply.ts';
import { send } from '#runner/verbs/send.ts';
import { eventsIn } from '#test/support/events-in.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type VerbRoot, verbRoot } from './verb-root.ts';

let place: VerbRoot;
let worker: AgentLayout;
beforeEach(async () => {
  place = await verbRoot();
  worker = await place.agent('worker');
});
afterEach(() => place[Symbol.asyncDispose]());

const letter = (changes: Partial<Letter> = {}): Letter => ({
  ...{ to: 'worker', text: 'look at it', files: [], cwd: place.home, kind: 'request' },
  ...changes,
});
const operator = () => inboxLayout(rootLayout(place.context.root).operator);

test('what is sent lies in the inbox, once for each key, and why nobody works on it is said to whoever wants to know', async () => {
  const sent = await send(place.context, letter({ key: 'nightly' }));
  expect(sent).toEqual({ id: expect.any(String), to: 'worker', kind: 'request', delivery: 'delivered' });
  expect(jsonViolations('send', sent)).toEqual([]);
  const again = await send(place.context, { ...letter({ key: 'nightly' }), explains: true });
  const waits = expect.stringContaining('worker is ');
  expect(again).toEqual({ ...sent, delivery: 'duplicate', waits, reach: { when: 'back', proof: waits } });
  expect(jsonViolations('send', again)).toEqual([]);
  await expect(send(place.context, letter({ key: 'nightly', text: 'other' }))).rejects.toMatchObject({ exit: 65 });
});

test('a stream is a text, and a file is found from the directory of the call', async () => {
  await writeFile(join(place.home, 'plan.md'), 'the plan');
  const { id } = await send(
    place.context,
    letter({ text: Readable.from([Buffer.from('from a pipe')]), files: ['plan.md'] }),
  );
  const { body, attachments } = await read(place.context, { id: id });
  expect({ body, names: attachments.map(({ name }) => name) }).toEqual({ body: 'from a pipe', names: ['plan.md'] });
  expect(await readFile(attachments[0]!.path!, 'utf8')).toBe('the plan');
});

test.each<[string, Partial<Letter>, number]>([
  ['nothing', { text: null }, 64],
  ['a kind that is none', { kind: 'shout' }, 64],
  ['an unknown peer', { to: 'nobody' }, 66],
  ['a file that is not there', { files: ['none.md'] }, 66],
  ['a time that cannot be read', { notBefore: 'soon' }, 64],
])('%s is refused, and nothing is sent', async (_what, changes, exit) => {
  await expect(send(place.context, letter(changes))).rejects.toMatchObject({ exit });
  expect(await place.context.files.list(worker.inbox.new)).toEqual([]);
});

test('a message for later is held until its instant, which is in the result', async () => {
  const held = await at(place.context, { ...letter(), when: '2099-01-01T09:00' });
  expect(held.notBefore).toBe(new Date('2099-01-01T09:00').toISOString());
  expect(jsonViolations('at', held)).toEqual([]);
  expect(await read(place.context, { id: held.id })).toMatchObject({ state: 'later' });
});

/** Asks, and calls `then` once the question stands; the reports, and what it came to. */
async function asking(then: (id: string) => unknown, timeoutMs = 60_000) {
  const enough = new AbortController();
  const steps: AskProgress[] = [];
  const progress = (now: AskProgress) => {
    steps.push(now);
    if (now.step === 'sent') Promise.resolve(then(now.id)).catch(error => enough.abort(error));
  };
  const asked = await ask(
    place.context,
    { ...letter({ kind: 'question' }), timeoutMs },
    { signal: AbortSignal.any([enough.signal, stop.signal]), progress },
  );
  expect(jsonViolations('ask', asked)).toEqual([]);
  expect(await place.context.files.list(operator().waiters)).toEqual([]);
  return { asked, steps };
}

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});

test('who asks gets the reply that came, taken out of the inbox, and hears what happens meanwhile', async () => {
  const { asked, steps } = await asking(async question => {
    const head = { id: newId(Date.now()), from: 'worker', kind: 'answer' as const, at: new Date().toISOString() };
    const answer = { ...head, trace: question, hops: 1, inReplyTo: [question], body: 'green' };
    await deliver(place.context.files, operator(), answer);
  });
  expect(asked).toMatchObject({ outcome: 'replied', reply: { from: 'worker', body: 'green' }, denials: [] });
  expect(steps).toMatchObject([{ step: 'begun' }, { step: 'sent', id: asked.id, to: 'worker', delivery: 'delivered' }]);
  expect((await inbox(place.context, { peer: null, all: false })).messages).toEqual([]);
});

test('a dead question is no reply, with its reason; neither is a wait that is over, or given up', async () => {
  const { asked } = await asking(id =>
    writeOutcome(
      place.context.files,
      worker.inbox,
      { requeues: 0 },
      { id, outcome: 'dead', at: new Date().toISOString(), reason: 'too long' },
    ),
  );
  expect(asked).toMatchObject({ outcome: 'dead', reply: null, reason: 'too long' });
  const over = await asking(() => {}, 0);
  expect(over.asked).toMatchObject({ outcome: null, reply: null });
  const givenUp = await asking(() => stop.abort());
  expect(givenUp.asked).toMatchObject({ outcome: null, reply: null });
  expect(await read(place.context, { id: givenUp.asked.id })).toMatchObject({ state: 'new' });
});

test('what gets no reply is not waited for, and nothing is sent', async () => {
  await expect(
    ask(place.context, { ...letter({ kind: 'note' }), timeoutMs: 0 }, { signal: stop.signal }),
  ).rejects.toMatchObject({ exit: 64 });
  expect(await place.context.files.list(worker.inbox.new)).toEqual([]);
});

test('an answer to an agent’s request is one reply however often it is given, and other words are 65', async () => {
  const { context } = place;
  const question = newId(Date.now());
  const head = { id: question, from: 'worker', kind: 'request' as const, at: new Date().toISOString() };
  await deliver(context.files, operator(), { ...head, trace: question, hops: 0, body: 'which branch?' });
  await expect(reply(context, { id: question, text: null })).rejects.toMatchObject({ exit: 64 });
  const replied = await reply(context, { id: question, text: 'main', explains: true });
  expect(replied).toEqual({
    ...{ id: expect.any(String), to: 'worker', delivery: 'delivered' },
    waits: expect.stringContaining('worker is '),
  });
  expect(jsonViolations('reply', replied)).toEqual([]);
  expect(await reply(context, { id: question, text: Readable.from([Buffer.from('main')]) })).toEqual({
    ...{ id: replied.id, to: 'worker', delivery: 'duplicate' },
  });
  const told = await eventsIn(context.files, operator().events);
  expect(told.filter(({ type }) => type === 'message.replied')).toMatchObject([
    { peer: 'operator', id: question, turn: null, reply: replied.id },
  ]);
  await expect(reply(context, { id: question, text: 'other' })).rejects.toMatchObject({ exit: 65 });
  await expect(reply(context, { id: await place.deliver(worker), text: 'x' })).rejects.toMatchObject({ exit: 77 });
});

test.each([
  ['question: which one?', undefined, 'question'],
  ['status: half of it', undefined, 'status'],
  ['done: all of it', undefined, 'done'],
  ['answer: the second', undefined, 'answer'],
  ['done: all of it', 'request', 'request'],
  ['Done: all of it', undefined, 'request'],
  ['look at it, status: open', undefined, 'request'],
  ['status:', undefined, 'request'],
])('what is sent as %j, with the kind %s, is a %s', async (text, kind, expected) => {
  const { id, kind: said } = await send(place.context, { ...letter({ text }), kind });
  const { kind: kept, body } = await read(place.context, { id });
  expect({ said, kept, body }).toEqual({ said: expected, kept: expected, body: text });
});

test('a key is for the kind that the words say, too', async () => {
  await send(place.context, { ...letter({ text: 'status: one', key: 'k' }), kind: undefined });
  expect((await send(place.context, { ...letter({ text: 'status: one', key: 'k' }), kind: 'status' })).delivery).toBe(
    'duplicate',
  );
  await expect(send(place.context, letter({ text: 'status: one', key: 'k' }))).rejects.toMatchObject({ exit: 65 });
});
