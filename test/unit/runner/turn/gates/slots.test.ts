import { expect, test } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { createSlots, type Slots } from '#runner/turn/gates/slots.ts';
import { createFakeClock, settled } from '#test/unit/fake-clock.ts';

const never = new AbortController().signal;

function world(max: number) {
  const clock = createFakeClock();
  const waiting = new Set<string>();
  const state = { isShut: false };
  const slots = createSlots(
    max,
    clock,
    async agent => waiting.has(agent),
    () => state.isShut,
  );
  const events: string[] = [];
  return {
    clock,
    waiting,
    state,
    slots,
    events,
    /** Asks for a place and notes when it comes. */
    ask(agent: string, signal: AbortSignal = never) {
      return slots.take(agent, signal).then(giveBack => {
        events.push(giveBack ? agent : `${agent} gave up`);
        return giveBack;
      });
    },
  };
}
const given = async (taken: ReturnType<Slots['take']>) => (await taken)!;

test('so many turns run at once and no more; a place that is given back goes to the next at once', async () => {
  const { ask, events } = world(2);
  const first = await given(ask('a'));
  await ask('b');
  void ask('c');
  await settled();
  expect(events).toEqual(['a', 'b']);
  first();
  await settled();
  expect(events).toEqual(['a', 'b', 'c']);
});

test('anyone who asked first is served first', async () => {
  const { ask, events } = world(1);
  let giveBack = await given(ask('a'));
  const later = ['b', 'c', 'd', 'e'].map(agent => ask(agent));
  for (const next of later) {
    giveBack();
    giveBack = await given(next);
  }
  expect(events).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('giving a place back twice gives back one', async () => {
  const { ask, events } = world(1);
  const giveBack = await given(ask('a'));
  giveBack();
  await ask('b');
  giveBack();
  void ask('c');
  await settled();
  expect(events).toEqual(['a', 'b']);
});

test('a turn that waits for a reply lends its place, so that the one it asks can run', async () => {
  const { ask, events, waiting, clock } = world(1);
  await ask('a');
  void ask('b');
  await settled();
  expect(events).toEqual(['a']);
  waiting.add('a');
  await clock.advance(limits.slotLookMs);
  expect(events).toEqual(['a', 'b']);
});

test('a place is lent once: the third has to wait for one of the two', async () => {
  const { ask, events, waiting, clock } = world(1);
  waiting.add('a');
  await ask('a');
  await ask('b');
  void ask('c');
  await clock.advance(limits.slotLookMs * 10);
  expect(events).toEqual(['a', 'b']);
  waiting.add('b');
  await clock.advance(limits.slotLookMs);
  expect(events).toEqual(['a', 'b', 'c']);
});

test('while the lender works again its place is not lent a second time', async () => {
  const { ask, events, waiting, clock } = world(1);
  waiting.add('a');
  await ask('a');
  const giveBack = await given(ask('b'));
  waiting.delete('a');
  giveBack();
  void ask('c');
  await clock.advance(limits.slotLookMs * 10);
  expect(events).toEqual(['a', 'b']);
});

test('while those that wait for a person have all the memory that they may, no turn starts, whatever is free; then it does', async () => {
  const { ask, events, state, clock } = world(9);
  state.isShut = true;
  void ask('a');
  await clock.advance(limits.slotLookMs * 10);
  expect(events).toEqual([]);
  state.isShut = false;
  await clock.advance(limits.slotLookMs);
  expect(events).toEqual(['a']);
});

test('who is told to stop while it waits gives up, and blocks nobody', async () => {
  const { ask, events } = world(1);
  const giveBack = await given(ask('a'));
  const stop = new AbortController();
  void ask('b', stop.signal);
  void ask('c');
  await settled();
  stop.abort();
  await settled();
  expect(events).toEqual(['a', 'b gave up']);
  giveBack();
  await settled();
  expect(events).toEqual(['a', 'b gave up', 'c']);
});

test('who is told to stop gives up at once, also where it stands behind others', async () => {
  const { ask, events } = world(1);
  await ask('a');
  const stop = new AbortController();
  void ask('b');
  void ask('c', stop.signal);
  await settled();
  stop.abort();
  await settled();
  expect(events).toEqual(['a', 'c gave up']);
});

test('who was told to stop before it asked gets no place, and keeps none', async () => {
  const { ask, events } = world(1);
  expect(await ask('a', AbortSignal.abort())).toBeNull();
  await ask('b');
  expect(events).toEqual(['a gave up', 'b']);
});

test('a place that comes in the very moment of giving up is not lost', async () => {
  const { ask, events } = world(1);
  const giveBack = await given(ask('a'));
  const stop = new AbortController();
  void ask('b', stop.signal);
  await settled();
  giveBack();
  stop.abort();
  await settled();
  const last = await Promise.race([ask('c'), settled().then(settled)]);
  expect(last, 'c waits for a place that nobody holds').toBeTypeOf('function');
  expect(events).toEqual(['a', 'b gave up', 'c']);
});

test('wherever between asking and getting the stop comes, the place is either had or free', async () => {
  for (let promises = 0; promises < 20; promises++) {
    const { ask } = world(1);
    const stop = new AbortController();
    const asked = ask('a', stop.signal);
    for (let waited = 0; waited < promises; waited++) await Promise.resolve();
    stop.abort();
    (await asked)?.();
    const next = await Promise.race([ask('b'), settled().then(settled)]);
    expect(next, `after ${promises} promises nobody has the place, and nobody gets it`).toBeTypeOf('function');
  }
});

test('after giving up nothing is left asleep', async () => {
  const { ask, clock } = world(1);
  await ask('a');
  const stop = new AbortController();
  const waiting = ask('b', stop.signal);
  await settled();
  stop.abort();
  await waiting;
  await settled();
  expect(clock.sleepers()).toBe(0);
});
