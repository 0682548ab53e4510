// Signals as functions: whom they go to, what is refused before anything is sent, and the switch.
import { stat } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rootLayout } from '#blackboard/layout.ts';
import { type NotifyInput, notify } from '#runner/verbs/notify.ts';
import { signals } from '#runner/verbs/signals.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type VerbRoot, verbRoot } from './verb-root.ts';

let place: VerbRoot;
beforeEach(async () => {
  place = await verbRoot();
  await place.agent('worker');
});
afterEach(() => place[Symbol.asyncDispose]());

const notifying = (changes: Partial<NotifyInput>) =>
  notify(place.context, { type: 'wake', cwd: place.home, waitMs: 0, ...changes });

test('an agent that nobody serves is a result, and no error', async () => {
  const told = await notifying({ peer: 'worker' });
  expect(told).toMatchObject([{ peer: 'worker', result: 'unavailable', answer: 'unavailable' }]);
  expect(told.flatMap(each => jsonViolations('notify', each))).toEqual([]);
  expect(await notifying({ agent: 'worker' })).toEqual(told);
});

test.each<[string, Partial<NotifyInput>, number]>([
  ['nobody', {}, 64],
  ['two ways to name one', { peer: 'worker', all: true }, 64],
  ['the operator, who has no turns', { peer: 'operator' }, 64],
  ['a session that is no UUID', { sessionId: 'worker' }, 64],
  ['a session that is none', { sessionId: '01234567-89ab-7def-8123-456789abcdef' }, 66],
  ['an agent that is none', { agent: 'nobody' }, 66],
  ['everybody, where nobody was ever served', { all: true }, 66],
  ['a type that is none', { peer: 'worker', type: 'shout' }, 64],
  ['a path without the type', { peer: 'worker', path: 'a' }, 64],
  ['the type without a path', { peer: 'worker', type: 'file_changed' }, 64],
])('%s is refused', async (_what, changes, exit) => {
  await expect(notifying(changes)).rejects.toMatchObject({ exit });
});

test('the switch is a file: off makes it, on takes it away, and both may be said twice', async () => {
  const isOff = () =>
    stat(rootLayout(place.context.root).disableSignals).then(
      () => true,
      () => false,
    );
  for (const [to, off] of [
    ['off', true],
    ['off', true],
    ['on', false],
    ['on', false],
  ] as const) {
    const switched = await signals(place.context, { to });
    expect(switched).toEqual({ signals: to });
    expect(jsonViolations('signals', switched)).toEqual([]);
    expect(await isOff()).toBe(off);
  }
  await expect(signals(place.context, { to: 'maybe' })).rejects.toMatchObject({ exit: 64 });
});
