import { expect, test } from 'vitest';
import { formatMessageName, freshName } from '#blackboard/messages/message-name.ts';
import { limits } from '#blackboard/system/limits.ts';
import { nextBatch } from '#runner/turn/plan.ts';
import { createQueueView } from '#runner/turn/queue-view.ts';
import { createAgentWorld } from '#test/unit/runner/agent-world.ts';

const name = (number: number, priority: 'high' | 'normal' = 'normal') =>
  formatMessageName(freshName(1_700_000_000_000 + number, idOf(number), priority));
const idOf = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;

/** A directory of so many messages, each listing of which takes 100 ms. */
function deep(count: number) {
  const entries = Array.from({ length: count }, (_, index) => name(index));
  let nowMs = 0;
  let listings = 0;
  const list = async () => {
    listings++;
    nowMs += 100;
    return [...entries];
  };
  const view = createQueueView({ list }, '/new', () => nowMs);
  return {
    entries,
    view,
    pass: (ms: number) => {
      nowMs += ms;
    },
    listings: () => listings,
  };
}

test('a short queue is listed each time', async () => {
  const { view, listings } = deep(limits.deepQueue - 1);
  await view.names(1);
  expect((await view.names(2)).isFresh).toBe(true);
  expect(listings()).toBe(2);
});

test('a deep one is listed again when ten times what its listing cost has passed: then new ones are seen', async () => {
  const { view, entries, pass, listings } = deep(limits.deepQueue);
  expect((await view.names(1)).isFresh).toBe(true);
  entries.push(name(1_000_000, 'high'));
  pass(100 * limits.deepQueueReuse - 1);
  expect(await view.names(1)).toMatchObject({ isFresh: false, names: { length: limits.deepQueueKept } });
  expect(listings()).toBe(1);
  pass(1);
  const { names } = await view.names(1);
  expect(names[0]).toMatchObject({ id: idOf(1_000_000), priority: 'high' });
  expect(listings()).toBe(2);
});

test('forgotten, it is listed at once', async () => {
  const { view, listings } = deep(limits.deepQueue);
  await view.names(1);
  view.forget();
  expect((await view.names(1)).isFresh).toBe(true);
  expect(listings()).toBe(2);
});

test('that nothing is left to do is never learnt from an old listing', async () => {
  const world = await createAgentWorld();
  const id = await world.drop();
  const gone = Array.from({ length: limits.deepQueue }, (_, index) =>
    freshName(index + 1_600_000_000_000, idOf(index)),
  );
  let isOld = true;
  const real = createQueueView(world.files, world.context.layout.inbox.new);
  const queue = {
    ...real,
    names: async (turn: number) => (isOld ? { names: gone, isFresh: false } : real.names(turn)),
    forget() {
      isOld = false;
    },
  };
  const batch = await nextBatch({ ...world.context, queue }, 1, () => false);
  expect(batch.work.map(({ message }) => message.id)).toEqual([id]);
});
