// A peer by the beginning of its name, in every command that names one.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { registerSession } from '#blackboard/peers/sessions.ts';
import type { Call } from '#runner/cli/declare.ts';
import { allDeclarations } from '#runner/cli/registry.ts';
import { withWholeNames } from '#runner/cli/terminal/whole-names.ts';
import { type VerbRoot, verbRoot } from '#test/unit/runner/verbs/verb-root.ts';

let place: VerbRoot;
let warned: string[];
beforeEach(async () => {
  place = await verbRoot();
  warned = [];
  await place.agent('reviewer');
  await place.agent('api');
  await place.agent('api-2');
  const peer = { branch: null, process: null, tmux: null, configDir: null, transcript: null, startedAt: 'x' };
  await registerSession(place.context.files, place.context.root, {
    ...{ id: '963bf434-039c-4310-b9b7-061eef298631', cwd: '/src/reviews', ...peer },
  });
});
afterEach(() => place[Symbol.asyncDispose]());

const call = () =>
  ({ context: async () => place.context, warn: (said: string) => warned.push(said) }) as unknown as Call;
const declared = async (words: string) => (await allDeclarations()).find(each => each.words === words)!;
const whole = async (words: string, ...parsed: unknown[]) => withWholeNames(call(), await declared(words), parsed);

test('the beginning that only one has is that peer, and it is said who; a whole name, an alias and nobody stay as typed', async () => {
  expect(await whole('send', 'op', 'hi', { from: 'api' })).toEqual(['operator', 'hi', { from: 'api' }]);
  expect(warned).toEqual(['op is operator']);
  expect(await whole('send', 'api', 'hi', {})).toEqual(['api', 'hi', {}]);
  expect(await whole('send', 'zebra', 'rev', {})).toEqual(['zebra', 'rev', {}]);
  expect(await whole('send', '@rev', undefined, { from: 'reviewe' })).toEqual([
    '@rev',
    undefined,
    { from: 'reviewer' },
  ]);
  expect(await whole('send', 'self', 'hi', {})).toEqual(['self', 'hi', {}]);
});

test('several are listed, with 64; where only an agent can be meant, sessions do not count', async () => {
  await expect(whole('send', 'rev', 'hi', {})).rejects.toMatchObject({
    exit: 64,
    message: '"rev" is the beginning of 2 names: reviewer (agent), reviews (session)',
  });
  expect(await whole('edit', 'rev', {})).toEqual(['reviewer', {}]);
  expect(await whole('stop', ['rev', 'api-2'], {})).toEqual([['reviewer', 'api-2'], {}]);
});

test('what cannot be undone wants the whole name, and what may be a message’s id is one', async () => {
  expect(await whole('remove', 'rev', {})).toEqual(['rev', {}]);
  await place.agent('abcdef12-x');
  expect(await whole('cancel', 'abcdef12', {})).toEqual(['abcdef12', {}]);
});

test('every place that is completed with peers is one of these', async () => {
  const named = (await allDeclarations()).flatMap(({ words, arguments: given = [], options = [] }) =>
    [...given, ...options].some(({ completes }) => typeof completes === 'string' && /agent|peer/.test(completes))
      ? [words]
      : [],
  );
  expect(named).toEqual(
    expect.arrayContaining(['send', 'ask', 'at', 'status', 'inbox', 'notify', 'events', 'dead list', 'cancel']),
  );
});
