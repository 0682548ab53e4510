// The board as data: what was posted, and what comes while somebody follows.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { board, followBoard } from '#runner/verbs/board.ts';
import { type PostInput, post } from '#runner/verbs/post.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type VerbRoot, verbRoot } from './verb-root.ts';

let place: VerbRoot;
beforeEach(async () => {
  place = await verbRoot();
});
afterEach(() => place[Symbol.asyncDispose]());

async function posting(text: string, changes: Partial<PostInput> = {}) {
  const posted = await post(place.context, { text, kind: 'note', cwd: place.home, ...changes });
  if ('current' in posted) throw new Error('nothing else was posted under a key');
  return posted;
}
const textsOf = (entries: readonly { text: string }[]) => entries.map(({ text }) => text);

test('what was posted is there with its whole text, oldest first, of one topic or since one entry if that is wanted', async () => {
  const long = 'l'.repeat(limits.entryBytesMax * 2);
  const { id } = await posting('first', { topic: 'build' });
  await posting(long);
  const read = await board(place.context, {});
  expect({ ...read, entries: textsOf(read.entries) }).toEqual({
    ...{ entries: ['first', long], torn: 0, dead: 0 },
    warnings: [],
  });
  expect(jsonViolations('board', read.entries)).toEqual([]);
  expect(textsOf((await board(place.context, { topic: 'build' })).entries)).toEqual(['first']);
  expect(textsOf((await board(place.context, { since: id })).entries)).toEqual(['first', long]);
  const { cursor } = await posting('third');
  await posting('fourth');
  expect(textsOf((await board(place.context, { since: cursor })).entries)).toEqual(['third', 'fourth']);
});

test('a since that is none is 64, an entry that is none 66', async () => {
  await posting('first');
  await expect(board(place.context, { since: 'yesterday!' })).rejects.toMatchObject({ exit: 64 });
  await expect(board(place.context, { since: 'ffffffff' })).rejects.toMatchObject({ exit: 66 });
});

test('who follows gets what is there and then each new entry once, until it says that it is enough', async () => {
  await posting('there', { topic: 'build' });
  const enough = new AbortController();
  const following = followBoard(place.context, { topic: 'build' }, enough.signal);
  const first = (await following.next()).value!;
  expect(textsOf(first.entries)).toEqual(['there']);
  await posting('another topic');
  await posting('new', { topic: 'build' });
  expect(textsOf((await following.next()).value!.entries)).toEqual(['new']);
  await posting('newer', { topic: 'build' });
  expect(textsOf((await following.next()).value!.entries)).toEqual(['newer']);
  enough.abort();
  expect(await following.next()).toEqual({ done: true, value: undefined });
});
