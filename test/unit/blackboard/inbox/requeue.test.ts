import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bury } from '#blackboard/inbox/claim.ts';
import { deliver, makeInbox } from '#blackboard/inbox/deliver.ts';
import { locate } from '#blackboard/inbox/locate.ts';
import { readOutcome, writeOutcome } from '#blackboard/inbox/outcome.ts';
import { earlierOutcomes, requeue } from '#blackboard/inbox/requeue.ts';
import { inboxLayout } from '#blackboard/layout.ts';
import { formatMessageName } from '#blackboard/messages/message-name.ts';
import type { Files } from '#blackboard/system/files.ts';
import { eventsIn } from '#test/support/events-in.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';

const id = '01a1fc0b-65c1-7a13-a650-68d7794199fb';
const at = '2026-11-21T12:00:00.000Z';
const inbox = inboxLayout('/peer');
const requeued = { at: '2026-11-21T13:00:00.000Z', by: 'operator' };

/** A disk with a message that died in turn 4, after two failures. */
async function withDeadLetter() {
  const files = createMemoryFiles(() => Date.parse(at));
  files.prepare('/peer');
  await makeInbox(files, inbox);
  await deliver(files, inbox, { id, from: 'operator', kind: 'request', at, trace: id, hops: 0, body: 'x' });
  const place = (await locate(files, inbox, id))!;
  await writeOutcome(files, inbox, { requeues: 0 }, { id, outcome: 'dead', at, turn: 4, reason: 'failed' });
  await bury(files, inbox, place.path, { ...place.name, lastTurn: 3, failures: 2, interruptions: 1 }, 'failed');
  return files;
}

async function requeueOnce(files: Files) {
  const letter = await locate(files, inbox, id);
  return letter?.state === 'dead' ? requeue(files, inbox, letter, requeued) : null;
}

const EFFECTS = ['create', 'link', 'move', 'remove'] as const;

/** The port, dying before its n-th effect. */
function dyingAt(files: Files, step: number): Files {
  let left = step;
  const dying = (effect: (...args: never[]) => Promise<unknown>) =>
    async function effectOrDeath(...args: never[]) {
      if (left-- === 0) throw new Error('died');
      return effect(...args);
    };
  const wrapped = Object.fromEntries(EFFECTS.map(name => [name, dying(files[name] as never)]));
  return { ...files, ...wrapped } as Files;
}

test('a requeued letter forgets its failures and remembers the turn in which it died', async () => {
  const files = await withDeadLetter();
  files.prepare('/logs');
  expect(await requeueOnce(files)).toBe('requeued');
  const { at, by } = requeued;
  expect(await eventsIn(files, inbox.events)).toEqual([{ at, peer: 'peer', type: 'message.requeued', id, by }]);
  const place = await locate(files, inbox, id);
  expect(place).toMatchObject({ state: 'new', name: { requeues: 1, lastTurn: 4, failures: 0, interruptions: 0 } });
  expect(await files.list(inbox.dead)).toEqual([]);
  expect(await readOutcome(files, inbox, id)).toBeNull();
  expect(await earlierOutcomes(files, inbox, { id, requeues: 1 })).toMatchObject([
    { outcome: { outcome: 'dead', turn: 4 }, requeued },
  ]);
});

test('a requeue that dies at any effect is finished by the next one, and the old outcome is kept once', async () => {
  let step = 0;
  for (; ; step++) {
    const files = await withDeadLetter();
    const died = await requeueOnce(dyingAt(files, step)).then(
      () => false,
      () => true,
    );
    await requeueOnce(files);
    const place = await locate(files, inbox, id);
    expect(place, `step ${step}`).toMatchObject({ state: 'new', name: { lastTurn: 4 } });
    expect(await readOutcome(files, inbox, id)).toBeNull();
    expect(await earlierOutcomes(files, inbox, { id, requeues: 1 })).toHaveLength(1);
    if (!died) break;
  }
  expect(step).toBeGreaterThan(3);
});

test('of two requeues at once one moves the letter, and one outcome is kept', async () => {
  const files = await withDeadLetter();
  const letter = (await locate(files, inbox, id))!;
  const results = await Promise.all([requeue(files, inbox, letter, requeued), requeue(files, inbox, letter, requeued)]);
  expect(results.sort()).toEqual(['gone', 'requeued']);
  expect(await files.list(inbox.new)).toHaveLength(1);
  expect(await earlierOutcomes(files, inbox, { id, requeues: 1 })).toHaveLength(1);
});

test('a late requeue does not touch the outcome that the message got since', async () => {
  const files = await withDeadLetter();
  const letter = (await locate(files, inbox, id))!;
  await requeueOnce(files);
  await writeOutcome(files, inbox, { requeues: 1 }, { id, outcome: 'replied', at, turn: 5 });
  expect(await requeue(files, inbox, letter, requeued)).toBe('gone');
  expect(await readOutcome(files, inbox, id)).toMatchObject({ outcome: 'replied' });
  expect(formatMessageName(letter.name)).not.toBe((await files.list(inbox.new))[0]);
  expect(join(inbox.new, (await files.list(inbox.new))[0]!)).toContain(',t4');
});
