// Another name for a session: by its name of now, and with what it was called by in the result.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { rename } from '#runner/verbs/rename.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type VerbRoot, verbRoot } from './verb-root.ts';

const ID = '01234567-89ab-7def-8123-456789abcdef';

let place: VerbRoot;
beforeEach(async () => {
  place = await verbRoot();
  await place.agent('worker');
});
afterEach(() => place[Symbol.asyncDispose]());

test('a session gets the name, and the result says what it was called by', async () => {
  const { files, root } = place.context;
  const facts = { cwd: '/srv/app', branch: null, process: null, tmux: null, configDir: null, transcript: null };
  const { name: was } = await registerSession(files, root, { id: ID, ...facts, startedAt: new Date().toISOString() });
  const renamed = await rename(place.context, { session: was, name: 'review' });
  expect(renamed).toMatchObject({ id: ID, name: 'review', was });
  expect(jsonViolations('rename', renamed)).toEqual([]);
  await expect(rename(place.context, { session: 'review', name: 'worker' })).rejects.toMatchObject({ exit: 64 });
});

test.each([
  ['an agent', 'worker', 64],
  ['a name that is nobody’s', 'nobody', 66],
  ['no session around the call', null, 64],
])('%s is refused', async (_what, session, exit) => {
  await expect(rename(place.context, { session, name: 'other' })).rejects.toMatchObject({ exit });
});
