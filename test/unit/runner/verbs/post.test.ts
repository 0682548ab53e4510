// Posting as a function: a text or a stream in, the id and the place of the entry out.
import { realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { board } from '#runner/verbs/board.ts';
import { type PostInput, post } from '#runner/verbs/post.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type VerbRoot, verbRoot } from './verb-root.ts';

let place: VerbRoot;
beforeEach(async () => {
  place = await verbRoot();
});
afterEach(() => place[Symbol.asyncDispose]());

const posting = (changes: Partial<PostInput>) =>
  post(place.context, { text: 'green', kind: 'note', cwd: place.home, ...changes });

test('an entry stands with its id and its place on the board, and a stream is a text as well', async () => {
  const posted = await posting({ topic: 'build', ttl: '2h' });
  expect(posted).toEqual({ id: expect.any(String), cursor: expect.stringMatching(/^\d+:\d+$/) });
  expect(jsonViolations('post', posted)).toEqual([]);
  await posting({ text: Readable.from([Buffer.from('from a pipe')]) });
  const { entries } = await board(place.context, {});
  expect(entries.map(({ text }) => text)).toEqual(['green', 'from a pipe']);
});

test.each<[string, Partial<PostInput>, number]>([
  ['no text', { text: null }, 64],
  ['a blank text', { text: ' \n' }, 64],
  ['a kind that is none', { kind: 'shout' }, 64],
  ['a topic of two lines', { topic: 'a\nb' }, 64],
  ['a time to live that is none', { ttl: 'soon' }, 64],
])('%s is refused', async (_what, changes, exit) => {
  await expect(posting(changes)).rejects.toMatchObject({ exit });
});

test('more than an entry may hold is refused while it comes in', async () => {
  const endless = (async function* () {
    for (;;) yield new Uint8Array(limits.entryTextBytesMax);
  })();
  await expect(posting({ text: endless })).rejects.toMatchObject({ exit: 65 });
});

test('a file that it is about is named by its real path, seen from the directory of the call; an address stays', async () => {
  await writeFile(join(place.home, 'plan.md'), '');
  await posting({ ref: 'plan.md' });
  await posting({ ref: 'https://example.org/plan' });
  const { entries } = await board(place.context, {});
  expect(entries.map(({ ref }) => ref)).toEqual([
    await realpath(join(place.home, 'plan.md')),
    'https://example.org/plan',
  ]);
});

test('a value of a key is replaced only by who knows it; who does not gets the newest one, and posts nothing', async () => {
  const at = (ifRev: string, text: string) => posting({ key: 'freeze', topic: 'ci', ifRev, text });
  const first = await at('0', 'until 18:00');
  if (!('id' in first)) throw new Error('nobody posted before');
  const lost = await at('0', 'until 20:00');
  expect(lost).toEqual({ current: expect.objectContaining({ id: first.id, text: 'until 18:00' }) });
  expect(jsonViolations('post', lost)).toEqual([]);
  // Keys are those of their topic.
  expect(await posting({ key: 'freeze', ifRev: first.id })).toEqual({ current: null });
  const second = await at(first.id.slice(-8), 'x'.repeat(limits.entryTextBytesMax));
  expect(second).toHaveProperty('cursor');
  expect(await at(first.id, 'until 20:00')).toMatchObject({ current: { text: 'x'.repeat(limits.entryTextBytesMax) } });
  const { entries } = await board(place.context, { key: 'freeze' });
  expect(entries).toHaveLength(1);
  expect(jsonViolations('board', entries)).toEqual([]);
});

test.each([
  ['without a key', {}],
  ['with what is no id', { key: 'k', ifRev: 'newest' }],
])('a revision %s is refused', async (_how, changes) => {
  await expect(posting({ ifRev: '0', ...changes })).rejects.toMatchObject({ exit: 64 });
});
