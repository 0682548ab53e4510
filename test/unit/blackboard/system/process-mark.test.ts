// What is known of processes of another container: by the marks that they refresh. On a real disk, for its times.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { takeOverWriting } from '#blackboard/board/writing.ts';
import { liveWaiters, registerWaiter } from '#blackboard/inbox/waiters.ts';
import { agentLayout, boardLayout, inboxLayout, rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { reserveName } from '#blackboard/peers/session-names.ts';
import { isOver, sessionFacts } from '#blackboard/peers/sessions.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isAlive, type ProcessIdentity, selfIdentity } from '#blackboard/system/process-identity.ts';
import { isRunnerAlive, isStale, keepFresh, runnerMark } from '#blackboard/system/process-mark.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { lockAgent, readRunner } from '#runner/agents/agent-lock.ts';
import { rootOwner, takeWholeRoot } from '#runner/agents/root-owner.ts';
import { liveRunnersOf, registerRunner } from '#runner/agents/runner-registry.ts';

const files = createRunnerFiles();
const self = selfIdentity();
/** A process of another pid namespace of this machine, under the pid of this one. */
const there: ProcessIdentity = { ...self, place: `77@${self.place?.split('@')[1]}` };
const ID = '01900000-0000-7000-8000-000000000001';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'mark-')));
  const { runners, sessions, sessionNames } = rootLayout(root);
  for (const directory of [runners, sessions, sessionNames]) mkdirSync(directory, { recursive: true });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(root, { recursive: true, force: true });
});

const age = (path: string, ms: number) => {
  const at = new Date(Date.now() - ms);
  utimesSync(path, at, at);
};
const mark = () => {
  writeFileSync(runnerMark(root, there), JSON.stringify(there));
  return runnerMark(root, there);
};
const lock = (name: string) => lockAgent(files, agentLayout(root, name), Date.now(), () => {});

describe.runIf(process.platform === 'linux')('a process of another container', () => {
  test('as a runner lives while it refreshes its mark, which is named by its container, too', async () => {
    const unregister = await registerRunner(files, root);
    const path = mark();
    expect(await isRunnerAlive(root, there)).toBe(true);
    expect(await liveRunnersOf(files, root)).toEqual(expect.arrayContaining([self, there]));
    age(path, limits.markStaleMs + 5_000);
    expect(await isRunnerAlive(root, there)).toBe(false);
    expect(await liveRunnersOf(files, root)).toEqual([self]);
    expect(await files.facts(path)).toBeNull();
    await unregister();
  });

  test('keeps its agent and the root until then', async () => {
    const layout = agentLayout(root, 'a');
    mkdirSync(layout.lock, { recursive: true });
    const record = JSON.stringify({ identity: there, startedAt: '2026-11-21T09:00:00Z' });
    writeFileSync(layout.runner, record);
    writeFileSync(rootLayout(root).wholeRoot, record);
    const path = mark();
    await expect(lock('a')).rejects.toThrow(/agent "a" already runs: pid \d+ in another container or host/);
    await expect(takeWholeRoot(files, root, Date.now())).rejects.toThrow(/already run: pid \d+ in another container/);
    age(path, limits.markStaleMs + 5_000);
    await (await takeWholeRoot(files, root, Date.now()))();
    expect(await rootOwner(files, root)).toBeNull();
    const release = await lock('a');
    expect((await readRunner(layout))?.identity).toEqual(self);
    await release();
  });

  test('waits for a reply while it refreshes its file', async () => {
    const inbox = inboxLayout(join(root, 'operator'));
    mkdirSync(inbox.waiters, { recursive: true });
    const waiter = { id: ID, to: 'a', identity: there };
    await registerWaiter(files, inbox, waiter);
    expect(await liveWaiters(files, inbox, isAlive)).toEqual([waiter]);
    age(join(inbox.waiters, ID), limits.markStaleMs + 5_000);
    expect(await liveWaiters(files, inbox, isAlive)).toEqual([]);
    expect(await files.list(inbox.waiters)).toEqual([]);
  });

  test('writes to the board, and makes an agent of a name, for a minute at most', async () => {
    const { writing } = boardLayout(root);
    mkdirSync(writing, { recursive: true });
    const place = join(writing, `1,0,${ID},${there.pid},${there.startTime},${there.bootId},${there.place}`);
    mkdirSync(place);
    expect(await reserveName(files, root, 'a', there)).toBe(true);
    expect(await takeOverWriting(files, root, self, isAlive)).toEqual([]);
    expect(await reserveName(files, root, 'a', self)).toBe(false);
    age(place, limits.markStaleMs + 5_000);
    age(join(rootLayout(root).sessionNames, 'a'), limits.markStaleMs + 5_000);
    expect(await takeOverWriting(files, root, self, isAlive)).toMatchObject([{ writing: { id: ID, self: there } }]);
    expect(await reserveName(files, root, 'a', self)).toBe(true);
  });

  test('as a session is known by its traces, and over a day after the last', async () => {
    const session = sessionLayout(root, ID);
    mkdirSync(session.home);
    const startedAt = new Date().toISOString();
    const peer = { id: ID, name: 's', cwd: '/w', branch: null, process: there, tmux: null, startedAt };
    writeFileSync(session.peer, JSON.stringify({ ...peer, configDir: null, transcript: null }));
    writeFileSync(session.state, 'busy\n');
    const facts = await sessionFacts(files, root, ID, Date.now());
    expect(facts).toMatchObject({ state: 'unknown', detail: expect.stringMatching(/^in another container .*busy/) });
    expect(await isOver(files, root, ID)).toBe(false);
    age(session.state, limits.sessionElsewhereMs + 5_000);
    expect(await isOver(files, root, ID)).toBe(true);
  });
});

test('a mark is refreshed until it is let go', async () => {
  const path = join(root, 'mark');
  writeFileSync(path, '');
  age(path, limits.markStaleMs + 5_000);
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const letGo = keepFresh(path);
  expect(await isStale(path)).toBe(true);
  vi.advanceTimersByTime(limits.markRefreshMs);
  await expect.poll(() => isStale(path), { interval: 5 }).toBe(false);
  letGo();
  expect(vi.getTimerCount()).toBe(0);
  expect(await isStale(join(root, 'none'))).toBe(true);
});
