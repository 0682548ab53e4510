import { beforeEach, expect, it } from 'vitest';
import { deliver, makeInbox } from '#blackboard/inbox/deliver.ts';
import { inboxLayout } from '#blackboard/layout.ts';
import { newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createOperatorNotifier, notificationText } from '#runner/fleet/operator-notifier.ts';
import { createMemoryFiles, type MemoryFiles } from '#test/support/memory-files.ts';
import { createFakeClock, type FakeClock } from '#test/unit/fake-clock.ts';

const root = '/root';
const inbox = inboxLayout(`${root}/operator`);
let clock: FakeClock;
let files: MemoryFiles;
beforeEach(async () => {
  clock = createFakeClock();
  files = createMemoryFiles(clock.nowMs);
  files.prepare(`${root}/operator`);
  await makeInbox(files, inbox);
});

let count = 0;
/** Each a millisecond after the one before. */
const message = (changes: object = {}) => {
  const atMs = clock.nowMs() + ++count;
  const id = newId(atMs);
  const at = new Date(atMs).toISOString();
  return { id, from: 'worker', kind: 'note' as const, at, trace: id, hops: 0, body: 'hello', ...changes };
};

/** A notifier whose program is not there: each try is a line of the log, and nothing is started. */
function notifier() {
  const lines: string[] = [];
  const made = createOperatorNotifier({
    files,
    root,
    clock,
    argv: ['/no/such/program'],
    env: {},
    complain: (_, problem) => problem !== null && lines.push(problem),
    stopNow: new AbortController().signal,
  });
  made.start();
  const end = () => made[Symbol.asyncDispose]();
  return { ...made, lines, end };
}

const asleep = async () => {
  for (let round = 0; clock.sleepers() === 0 && round < 100_000; round++)
    await new Promise(resolve => setImmediate(resolve));
};

it('a flood is told at its pace, oldest first, and what was read meanwhile not at all', async () => {
  const one = notifier();
  await asleep();
  const perMinute = limits.notificationsPerMinute;
  const flood = Array.from({ length: perMinute + 3 }, () => message());
  for (const each of flood) await deliver(files, inbox, each);
  one.hint();
  await asleep();
  expect(one.lines).toHaveLength(perMinute);
  one.hint();
  await asleep();
  expect(one.lines).toHaveLength(perMinute);
  const read = (await files.list(inbox.new)).find(name => name.includes(flood.at(-1)!.id))!;
  await files.move(`${inbox.new}/${read}`, `${inbox.done}/${read}`);
  await clock.advance(60_000);
  await asleep();
  expect(one.lines).toHaveLength(perMinute + 2);
  expect(one.lines.map(line => flood.findIndex(({ id }) => line.includes(id)))).toEqual(
    Array.from({ length: perMinute + 2 }, (_, at) => at),
  );
  await one.end();
  expect(one.lines).toHaveLength(perMinute + 2);
});

it('marks of messages that are gone are swept, those of unread ones stay', async () => {
  const one = notifier();
  await asleep();
  const [gone, stays] = [message(), message()];
  await deliver(files, inbox, gone);
  await deliver(files, inbox, stays);
  one.hint();
  await asleep();
  const read = (await files.list(inbox.new)).find(name => name.includes(gone.id))!;
  await files.move(`${inbox.new}/${read}`, `${inbox.done}/${read}`);
  await clock.advance(2 * limits.sweepEveryMs);
  await asleep();
  expect((await files.list(`${root}/operator/notified`)).sort()).toEqual([stays.id, 'since'].sort());
  await one.end();
  expect(one.lines).toHaveLength(2);
});

it('a text begins with a word of ours, says who speaks, and is cut', () => {
  expect(notificationText(message({ body: '' }))).toBe('From worker, note');
  expect(notificationText(message({ subject: '--x\ny', body: '-v' }))).toBe('From worker, note: --x y\n-v');
  const question = message({ kind: 'question', body: 'Which?' });
  const answer = `Answer it: agent-runner answer ${question.id.slice(-8)} <text>`;
  expect(notificationText(question)).toBe(`From worker, question\nWhich?\n${answer}`);
  const { length } = notificationText(message({ body: 'x'.repeat(100_000) }));
  expect(length).toBeLessThan(limits.notificationCharsMax + 250);
});
