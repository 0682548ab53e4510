import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deliver } from '#blackboard/inbox/deliver.ts';
import { rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { findPeer, listInboxes, requirePeer } from '#blackboard/peers/peers.ts';
import { releaseName, reserveName } from '#blackboard/peers/session-names.ts';
import {
  listSessions,
  livingSessions,
  moveSession,
  registerSession,
  renameSession,
  sessionBaseName,
  sessionOfProcess,
} from '#blackboard/peers/sessions.ts';
import { makeRoot } from '#blackboard/root.ts';
import { newId } from '#blackboard/system/ids.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { eventsIn } from '#test/support/events-in.ts';

const files = createRunnerFiles();
const alive = selfIdentity();
const gone = { ...alive, startTime: '1' };
let root: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'ar-sessions-'));
  await makeRoot(files, root, false);
});
afterEach(() => rmSync(root, { recursive: true }));

const id = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const register = (number: number, more = {}) =>
  registerSession(files, root, {
    id: id(number),
    cwd: '/src/app',
    branch: 'main',
    process: alive,
    tmux: null,
    configDir: null,
    transcript: null,
    startedAt: new Date().toISOString(),
    ...more,
  });
const send = (number: number) => {
  const message = { id: newId(Date.now()), from: 'operator', kind: 'note' as const, trace: 't', hops: 0, body: 'x' };
  return deliver(files, sessionLayout(root, id(number)).inbox, { ...message, at: new Date().toISOString() });
};

test.each([
  ['/src/My App', 'feature/X_1', 'my-app-feature-x-1'],
  ['/', null, 'session'],
  ['/src/operator', null, 'session-operator'],
  [`/${'a'.repeat(60)}`, 'b', 'a'.repeat(36)],
  ['/src/設計書', 'main', '設計書-main'],
  ['/src/รายงานสรุป', null, 'รายงานสรุป'],
  ['/src/हिन्दी', 'main', 'हिन्दी-main'],
  ['/src/Отчёт (2)', 'main', 'отчёт-2-main'],
  ['/src/cafe\u0301', null, 'café'],
  ['/src/ＡＢＣ１', null, 'abc1'],
  ['/src/a\u202eb\u200b', null, 'ab'],
  ['/src/оperator', 'main', 'session-perator-main'],
  ['/src/😀', null, 'session'],
  [`/${'設'.repeat(60)}`, 'b', '設'.repeat(36)],
])('a session in %s on %s is called %s', (cwd, branch, name) => {
  expect(sessionBaseName(cwd, branch)).toBe(name);
});

test('names are unique, kept on resume, and free again once their holder is gone and owed nothing', async () => {
  expect((await register(1)).name).toBe('app-main');
  expect((await register(2)).name).toBe('app-main-2');
  expect((await register(1, { branch: 'other' })).name, 'on resume').toBe('app-main');
  await register(1, { process: gone });
  expect((await register(3)).name, 'its holder is gone').toBe('app-main');
  expect((await register(1)).name, 'and comes back').toBe('app-main-3');
  await register(2, { process: gone });
  await send(2);
  expect((await register(4)).name, 'a message waits for app-main-2').toBe('app-main-4');
});

test('a session is a peer by its name and by its id', async () => {
  const { name } = await register(1);
  const { inbox } = sessionLayout(root, id(1));
  expect((await findPeer(files, root, name))?.inbox).toEqual(inbox);
  expect((await findPeer(files, root, id(1)))?.inbox).toEqual(inbox);
  await expect(requirePeer(files, root, 'app-mian')).rejects.toMatchObject({ hint: 'Did you mean "app-main"?' });
});

test('one whose process is gone, or whose pid is another’s, is dead with its last evidence, never idle', async () => {
  await register(1, { process: gone });
  writeFileSync(sessionLayout(root, id(1)).state, 'idle\n');
  await send(1);
  const [dead] = await listSessions(files, root, Date.now() + 17_000);
  expect(dead).toMatchObject({ state: 'dead', unread: 1 });
  expect(dead!.detail).toMatch(/^last seen idle 1[67]s ago$/);
  writeFileSync(sessionLayout(root, id(1)).state, 'ended prompt_input_exit\n');
  expect((await listSessions(files, root, Date.now()))[0]).toMatchObject({
    state: 'ended',
    detail: 'prompt_input_exit',
  });
});

test('the state of a living one is what claude says, else what the hooks saw', async () => {
  await register(1);
  writeFileSync(sessionLayout(root, id(1)).state, 'waiting permission\n');
  expect((await listSessions(files, root, Date.now()))[0]).toMatchObject({ state: 'waiting', detail: 'permission' });
  writeFileSync(sessionLayout(root, id(1)).state, 'ended clear\n');
  expect((await listSessions(files, root, Date.now()))[0], 'it lives, whatever it was left for').toMatchObject({
    state: 'unknown',
    detail: null,
  });
  const said = await listSessions(files, root, Date.now(), async () => ({ word: 'busy', detail: null }));
  expect(said[0]).toMatchObject({ state: 'busy' });
});

const ended = async () =>
  (await eventsIn(files, rootLayout(root).events)).filter(({ type }) => type === 'session.ended');

test('a session that ended while nobody looked has ended once, however many notice it', async () => {
  await register(1, { process: gone });
  expect(await ended()).toEqual([]);
  await Promise.all([1, 2, 3].map(() => livingSessions(files, root)));
  expect(await ended()).toMatchObject([{ peer: id(1), sessionId: id(1) }]);
  await register(1);
  expect(await livingSessions(files, root)).toHaveLength(1);
  expect(await ended()).toHaveLength(1);
});

test('a session that is resumed before somebody noticed its end has ended before; one that still lives has not', async () => {
  await register(1, { process: gone });
  await register(1);
  expect(await ended()).toMatchObject([{ peer: id(1), sessionId: id(1) }]);
  await register(1);
  await livingSessions(files, root);
  expect(await ended()).toHaveLength(1);
});

test('a session that moves to a new id keeps its name and its inbox; its process leads to it', async () => {
  const peer = await register(1);
  await send(1);
  expect((await sessionOfProcess(files, root, alive))?.id).toBe(id(1));
  expect(await sessionOfProcess(files, root, gone)).toBeNull();
  await moveSession(files, root, peer, id(2));
  expect((await sessionOfProcess(files, root, alive))?.id).toBe(id(2));
  const [moved] = await listSessions(files, root, Date.now());
  expect(moved).toMatchObject({ peer: { id: id(2), name: 'app-main' }, unread: 1 });
  expect((await findPeer(files, root, 'app-main'))?.inbox).toEqual(sessionLayout(root, id(2)).inbox);
});

test('a rename; a name that is taken or no name is refused', async () => {
  await register(1);
  await register(2);
  await expect(renameSession(files, root, id(1), 'app-main-2')).rejects.toThrow('another session');
  await expect(renameSession(files, root, id(1), 'Not A Name')).rejects.toThrow('is not a name');
  expect((await renameSession(files, root, id(1), 'builder')).name).toBe('builder');
  expect((await register(1)).name).toBe('builder');
});

test('a session that was renamed is reached by its name of before, also after /clear; a person may give that away', async () => {
  await register(1);
  await renameSession(files, root, id(1), 'builder');
  expect((await register(2)).name, 'nobody takes it by himself').toBe('app-main-2');
  const renamed = await renameSession(files, root, id(1), 'maker');
  await moveSession(files, root, renamed, id(3));
  for (const name of ['app-main', 'builder', 'maker'])
    expect((await findPeer(files, root, name))?.inbox).toEqual(sessionLayout(root, id(3)).inbox);
  const names = (await listInboxes(files, root)).map(({ peer }) => peer);
  expect(names, 'each once').toEqual(['operator', 'app-main-2', 'maker']);
  await renameSession(files, root, id(2), 'app-main');
  expect((await findPeer(files, root, 'app-main'))?.inbox).toEqual(sessionLayout(root, id(2)).inbox);
  await expect(renameSession(files, root, id(3), 'app-main')).rejects.toThrow('another session');
  expect((await renameSession(files, root, id(3), 'builder')).name, 'back').toBe('builder');
});

test('no session gets the name of an agent, also of one that was made while the session was gone', async () => {
  const makeAgent = (name: string) => {
    mkdirSync(join(root, 'agents', name));
    writeFileSync(join(root, 'agents', name, 'agent.md'), 'x');
  };
  expect((await register(1)).name).toBe('app-main');
  await register(1, { process: gone });
  makeAgent('app-main');
  expect((await register(1)).name, 'on resume').toBe('app-main-2');
  expect((await register(2)).name, 'a new one').toBe('app-main-3');
  await expect(renameSession(files, root, id(1), 'app-main')).rejects.toThrow('the name of an agent');
});

test('a name that is being given to an agent is nobody’s; one that a dead process reserved is free', async () => {
  expect(await reserveName(files, root, 'app-main', alive)).toBe(true);
  expect((await register(1)).name).toBe('app-main-2');
  await expect(renameSession(files, root, id(1), 'app-main')).rejects.toThrow('was taken');
  expect(await reserveName(files, root, 'app-main', alive), 'by another add').toBe(false);
  await releaseName(files, root, 'app-main', alive);
  expect((await renameSession(files, root, id(1), 'app-main')).name).toBe('app-main');
  expect(await reserveName(files, root, 'app-main', alive), 'a session holds it').toBe(false);
  expect(await reserveName(files, root, 'left', gone)).toBe(true);
  expect(await reserveName(files, root, 'left', alive)).toBe(true);
});

test('a file dropped for a session counts as unread, and keeps its name for it', async () => {
  await register(1);
  await register(1, { process: gone });
  writeFileSync(join(sessionLayout(root, id(1)).inbox.inbox, 'a.md'), 'x');
  writeFileSync(join(sessionLayout(root, id(1)).inbox.inbox, 'b.md.swp'), 'x');
  expect((await listSessions(files, root, Date.now()))[0]).toMatchObject({ unread: 1 });
  expect((await register(2)).name).toBe('app-main-2');
});
