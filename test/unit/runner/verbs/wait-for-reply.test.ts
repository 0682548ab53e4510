import { expect, test } from 'vitest';
import { deliver, makeInbox } from '#blackboard/inbox/deliver.ts';
import { locate } from '#blackboard/inbox/locate.ts';
import { readOutcome, writeOutcome } from '#blackboard/inbox/outcome.ts';
import { inboxLayout } from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { type Wait, waitForReply } from '#runner/verbs/wait-for-reply.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';
import { createFakeClock, NOON } from '#test/unit/fake-clock.ts';

const question = '01a1fc0b-65c1-7a13-a650-68d7794199fb';
const answer = '01a1fc0b-65c1-8a13-a650-68d7794199fc';
const [own, theirs] = [inboxLayout('/operator'), inboxLayout('/a')];
const at = new Date(NOON + 1000).toISOString();

async function world(changes: Partial<Wait> = {}) {
  const clock = createFakeClock();
  const files = createMemoryFiles(clock.nowMs);
  files.prepare('/operator', '/a');
  for (const inbox of [own, theirs]) await makeInbox(files, inbox);
  const aborting = new AbortController();
  let hint = () => {};
  const subscribe: Wait['subscribe'] = (_directories, onHint) => {
    hint = onHint;
    return { [Symbol.dispose]: () => {} };
  };
  const wait: Wait = {
    ...{ files, clock, id: question, to: 'a', own, theirs, timeoutMs: 60_000, sentAtMs: NOON },
    ...{ signal: aborting.signal, subscribe },
    ...changes,
  };
  const send = (more: Partial<Message> = {}) => {
    const head = { id: answer, from: 'a', kind: 'answer' as const, at, trace: 't', hops: 1, inReplyTo: [question] };
    return deliver(files, own, { ...head, body: 'well', ...more });
  };
  return { files, clock, aborting, wait, send, hint: () => hint() };
}

test('a reply whose runner died before it wrote the outcome is taken all the same', async () => {
  const { files, wait, send } = await world();
  await send();
  expect(await waitForReply(wait)).toMatchObject({ kind: 'replied', reply: { id: answer, body: 'well' } });
  expect(await locate(files, own, answer)).toMatchObject({ state: 'done' });
  expect(await readOutcome(files, own, answer)).toMatchObject({ outcome: 'done' });
});

test('a hint and the slow look both find what came', async () => {
  const { clock, wait, send, hint } = await world();
  const hinted = waitForReply(wait);
  await clock.advance(0);
  await send();
  hint();
  expect(await hinted).toMatchObject({ kind: 'replied' });
  const later = await world();
  const polled = waitForReply(later.wait);
  await later.clock.advance(0);
  await later.send();
  await later.clock.advance(1_000);
  expect(await polled).toMatchObject({ kind: 'replied' });
});

test('neither a note nor a stranger answers', async () => {
  const { clock, wait, send } = await world({ timeoutMs: 500 });
  await send({ kind: 'note' });
  await send({ id: '01a1fc0b-65c1-8a13-a650-68d7794199fd', from: 'b' });
  const waited = waitForReply(wait);
  await clock.advance(0);
  await clock.advance(500);
  expect(await waited).toEqual({ kind: 'timeout' });
});

test('a dead message ends the wait with its reason, and an abort ends it at once', async () => {
  const { files, wait } = await world();
  await writeOutcome(files, theirs, { requeues: 0 }, { id: question, outcome: 'dead', at, reason: 'no' });
  expect(await waitForReply(wait)).toMatchObject({ kind: 'unanswered', outcome: { reason: 'no' } });
  const { aborting, wait: other } = await world();
  const waited = waitForReply(other);
  aborting.abort();
  expect(await waited).toEqual({ kind: 'aborted' });
});

test('a reply that another waiter of the same turn has taken is read where it lies', async () => {
  const { files, wait, send } = await world();
  await send();
  await waitForReply(wait);
  await writeOutcome(files, theirs, { requeues: 0 }, { id: question, outcome: 'replied', at, reply: answer });
  expect(await waitForReply(wait)).toMatchObject({ kind: 'replied', reply: { body: 'well' } });
});
