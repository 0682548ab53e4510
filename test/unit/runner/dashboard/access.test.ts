import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rootLayout } from '#blackboard/layout.ts';
import { limits } from '#blackboard/system/limits.ts';
import { endSessions, listSessions, makeLink, openSession, sessionOf } from '#runner/dashboard/access.ts';
import { type VerbRoot, verbRoot } from '../verbs/verb-root.ts';

const ORIGIN = 'http://127.0.0.1:7433';
const NOW = Date.parse('2026-11-21T09:00:00Z');
let place: VerbRoot;
beforeEach(async () => {
  place = await verbRoot();
});
afterEach(() => place[Symbol.asyncDispose]());

const link = (atMs = NOW) => makeLink(place.context.files, place.context.root, ORIGIN, atMs);
const open = (word: string, origin = ORIGIN, atMs = NOW) =>
  openSession(place.context.files, place.context.root, { word, origin }, atMs);
const known = (token: string, origin = ORIGIN, atMs = NOW) =>
  sessionOf(place.context.files, place.context.root, { token, origin }, atMs);

test('a link opens one session, at its own address only', async () => {
  const { token } = await open(await link());
  expect(await known(token)).toMatchObject({ origin: ORIGIN });
  expect(await known(token, 'http://127.0.0.1:3000')).toBeNull();
  expect(await known(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`)).toBeNull();
});

test('a link counts once, also for two that come at the same moment', async () => {
  const word = await link();
  const both = await Promise.allSettled([open(word), open(word), open(word)]);
  expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await expect(open(word)).rejects.toMatchObject({ exit: 77, hint: expect.stringContaining('dashboard link') });
});

test.each([
  ['for another address', 'http://127.0.0.1:3000', NOW],
  ['when its time is over', ORIGIN, NOW + limits.pageLinkMs],
  ['when the clock was set back by more than minutes', ORIGIN, NOW - limits.clockBackMs - 1],
])('a link does not count %s', async (_, origin, atMs) => {
  await expect(open(await link(), origin, atMs)).rejects.toMatchObject({ exit: 77 });
});

test.each(['', '../sessions/x', 'x'.repeat(43), '%2e%2e', '\0'])('the word %j opens nothing', async word => {
  await link();
  await expect(open(word)).rejects.toMatchObject({ exit: 77 });
  expect(await known(word)).toBeNull();
});

test('a session ends with its time, and by hand', async () => {
  const { files, root } = place.context;
  const first = await open(await link());
  const second = await open(await link());
  expect(await known(first.token, ORIGIN, NOW + limits.pageSessionMs)).toBeNull();
  const [newest] = await listSessions(files, root, NOW);
  const unused = await link();
  expect(await endSessions(files, root, NOW, ({ id }) => id === newest?.id)).toBe(1);
  expect(await known(second.token)).toBeNull();
  await expect(open(unused)).rejects.toMatchObject({ exit: 77 });
});

test('on disk is no word, only what it hashes to, for the user alone', async () => {
  const word = await link();
  const { token } = await open(await link());
  const { dashboard, pageLinks, pageSessions } = rootLayout(place.context.root);
  const names = [...readdirSync(pageLinks), ...readdirSync(pageSessions)];
  const texts = readdirSync(dashboard, { recursive: true, withFileTypes: true })
    .filter(each => each.isFile())
    .map(each => readFileSync(join(each.parentPath, each.name), 'utf8'));
  expect([...names, ...texts].join('\n')).not.toMatch(new RegExp(`${word}|${token}`));
  expect(names).toHaveLength(2);
  expect(existsSync(rootLayout(place.context.root).pageOpener)).toBe(false);
});
