// The page's archive: what it finds, how it follows the files, and what becomes of a cache that is torn, old or locked by the dead.
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { agentLayout, rootLayout } from '#blackboard/layout.ts';
import { post } from '#runner/verbs/post.ts';
import { send } from '#runner/verbs/send.ts';
import { type Json, type PageServer, pageServer } from './page-server.ts';

let server: PageServer;
beforeEach(async () => {
  server = await pageServer();
  await server.place.agent('ann');
  await server.place.agent('bob');
});
afterEach(() => server[Symbol.asyncDispose]());

const say = async (text: string, to = 'ann') =>
  (await send(server.place.context, { to, text, files: [], cwd: server.place.home })).id;
/** What the route says once it is true of it; each time the archive is asked to look again. */
const until = (verb: string, given: object, isSo: (said: Json) => boolean): Promise<Json> =>
  expect
    .poll(
      async () => {
        server.archive.hint();
        const { said } = await server.verb(verb, given);
        return isSo(said) && !said.isFilling ? said : null;
      },
      { timeout: 20_000 },
    )
    .not.toBeNull()
    .then(async () => (await server.verb(verb, given)).said);
const found = (text: string, count: number, more = {}) =>
  until('search', { text, ...more }, ({ hits }) => hits.length === count);

test('a message, an entry and what an agent said are found, each with where it is', async () => {
  const id = await say('Please mend the flaky ladder test');
  await post(server.place.context, { text: 'the ladder is red', kind: 'alert', cwd: server.place.home });
  const said = { at: '2026-11-21T09:00:00.000Z', peer: 'bob', type: 'turn.text', turn: 7, text: 'The LADDER stands.' };
  writeFileSync(agentLayout(server.place.context.root, 'bob').events, `${JSON.stringify(said)}\n`);
  const { hits } = await found('ladder', 3);
  expect(hits).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ what: 'message', ref: id, peer: 'ann' }),
      expect.objectContaining({ what: 'entry', peer: 'operator' }),
      expect.objectContaining({ what: 'said', ref: '7', peer: 'bob', at: said.at }),
    ]),
  );
  const parts = hits.find(({ what }: Json) => what === 'said').parts;
  expect(parts).toEqual([
    { text: 'The ', isHit: false },
    { text: 'LADDER', isHit: true },
    { text: ' stands.', isHit: false },
  ]);
  expect((await found('ladder', 1, { peer: 'bob' })).hits[0].what).toBe('said');
  expect((await found('ladder', 1, { what: 'entry' })).hits[0].what).toBe('entry');
});

test.each([
  ['the beginning of the last word', 'flak', 1],
  ['all words, in any order', 'test mend', 1],
  ['a word that is not there', 'mend cake', 0],
  ['words in quotes, one after the other', '"flaky ladder"', 1],
  ['words in quotes, in another order', '"ladder flaky"', 0],
  ['without its accents', 'uberraschung', 1],
  ['one character of a language without spaces', '梯子', 1],
  ['what SQLite would take for its own', 'NEAR( OR * - "', 0],
  ['a hyphen', 'flaky-ladder', 1],
  ['nothing but marks', '"" **', 0],
])('search: %s', async (_, text, count) => {
  await say('Please mend the flaky ladder test, Überraschung: 折りたたみ梯子です');
  await found('ladder', 1);
  expect((await server.verb('search', { text })).said.hits).toHaveLength(count);
});

test('work is a root with its tree, and follows its messages through their places', async () => {
  const id = await say('build it');
  const first = await until('work', {}, ({ rows }) => rows.length === 1);
  expect(first.rows).toEqual([
    expect.objectContaining({
      id,
      trace: id,
      to: 'ann',
      from: 'operator',
      gist: 'build it',
      state: 'waiting',
      messages: 1,
      waitsFor: ['ann'],
    }),
  ]);
  const { inbox } = agentLayout(server.place.context.root, 'ann');
  const [name] = readdirSync(inbox.new) as [string];
  renameSync(join(inbox.new, name), join(inbox.cur, `1.${name}`));
  await until('work', {}, ({ rows }) => rows[0].state === 'working');
  mkdirSync(join(inbox.done, '2026-11-30'), { recursive: true });
  renameSync(join(inbox.cur, `1.${name}`), join(inbox.done, '2026-11-30', name));
  await until('work', {}, ({ rows }) => rows[0].state === 'finished');
  rmSync(join(inbox.done, '2026-11-30'), { recursive: true });
  // Cleared away after its time: what it was stays known.
  await until('work', {}, ({ rows }) => rows[0].state === 'finished' && rows[0].messages === 1);
});

test.each<[string, (path: string) => void]>([
  ['torn', path => writeFileSync(path, 'no database at all '.repeat(100))],
  ['empty', path => writeFileSync(path, '')],
  ['locked by a page that was killed', path => mkdirSync(`${path}.lock`)],
])('a cache that is %s is made again from the files', async (_, damage) => {
  const { archive } = rootLayout(server.place.context.root);
  mkdirSync(dirname(archive), { recursive: true });
  damage(archive);
  await say('still here');
  await found('still', 1);
  expect(server.errors).toEqual([]);
});

test('what the cache has is not read again, and a message that came meanwhile is', async () => {
  await say('first');
  await found('first', 1);
  const { context } = server.place;
  await server.archive[Symbol.asyncDispose]();
  await say('second');
  const { createArchive } = await import('#runner/dashboard/archive.ts');
  await using again = createArchive(context, error => server.errors.push(error));
  const look = (text: string) => again.search({ text, peer: null, what: null, count: 10 });
  expect((await look('first')).hits).toHaveLength(1);
  await expect
    .poll(
      async () => {
        again.hint();
        return (await look('second')).hits.length;
      },
      { timeout: 20_000 },
    )
    .toBe(1);
  expect((await look('first')).hits).toHaveLength(1);
});
