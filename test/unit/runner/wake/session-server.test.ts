// Which sessions are served, on a real disk and real sockets; no claude.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { deliver } from '#blackboard/inbox/deliver.ts';
import { inboxLayout, rootLayout, sessionLayout, wakeLayout } from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { makeRoot } from '#blackboard/root.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { identify, type ProcessIdentity, selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { createRunnerEvents } from '#runner/events/emit.ts';
import { notifyPeer } from '#runner/wake/client.ts';
import { createSessionServer } from '#runner/wake/session-server.ts';
import { eventsIn, noEvents } from '#test/support/events-in.ts';

const files = createRunnerFiles();
const ID = '963bf434-039c-4310-b9b7-061eef298631';
const none = async () => 'none' as const;

test('a session that is resumed in another process and directory is served again: another token, that directory', async () => {
  const root = mkdtempSync(join(tmpdir(), 'ar-service-'));
  const other = spawn('sleep', ['60']);
  await makeRoot(files, root, false);
  const register = (process: ProcessIdentity | null, cwd: string) =>
    registerSession(files, root, {
      ...{ id: ID, cwd, branch: null, process, tmux: null, configDir: null, transcript: null },
      startedAt: new Date().toISOString(),
    });
  const token = () => readFileSync(wakeLayout(root, ID).token, 'utf8');
  const service = createSessionServer({
    ...{
      root,
      files,
      clock: systemClock,
      events: noEvents,
      keys: false,
      ways: { mod: none, socket: none, file: none, keys: none },
    },
    complain: () => {},
  });
  await register(selfIdentity(), root);
  service.start();
  try {
    const first = await vi.waitFor(token);
    const changed = { type: 'file_changed', path: join(root, 'sessions') } as const;
    expect((await notifyPeer(root, ID, changed)).answer).toBe('accepted');
    await register(await identify(other.pid!), join(root, 'agents'));
    service.hint();
    await vi.waitFor(() => expect(token()).not.toBe(first));
    await vi.waitFor(async () =>
      expect(await notifyPeer(root, ID, changed)).toMatchObject({ answer: 'refused', code: 'path-outside' }),
    );
  } finally {
    await service[Symbol.asyncDispose]();
    other.kill('SIGKILL');
    rmSync(root, { recursive: true });
  }
});

test('where it begins to serve a session, proofs of long ago are swept: of its turns, and of what its mod submitted', async () => {
  const root = mkdtempSync(join(tmpdir(), 'ar-service-'));
  await makeRoot(files, root, false);
  await registerSession(files, root, {
    ...{ id: ID, cwd: root, branch: null, process: selfIdentity(), tmux: null },
    ...{ configDir: null, transcript: null, startedAt: new Date().toISOString() },
  });
  const { woken, mod } = sessionLayout(root, ID);
  mkdirSync(mod.home);
  const old = [join(woken, 'p-1'), mod.submitted('0123456789abcdef')];
  const kept = [join(woken, 'p-2'), mod.submitted('fedcba9876543210'), mod.wake, mod.stopped];
  for (const path of [...old, ...kept]) writeFileSync(path, '');
  const long = new Date(Date.now() - limits.shownKeepMs - 1_000);
  for (const path of [...old, mod.wake, mod.stopped]) utimesSync(path, long, long);
  const ways = { mod: none, socket: none, file: none, keys: none };
  const service = createSessionServer({
    ...{ root, files, clock: systemClock, events: noEvents, keys: false, ways },
    complain: () => {},
  });
  service.start();
  try {
    await vi.waitFor(() => expect(old.filter(existsSync)).toEqual([]));
    expect(kept.filter(existsSync)).toEqual(kept);
  } finally {
    await service[Symbol.asyncDispose]();
    rmSync(root, { recursive: true });
  }
});

test('a session whose process is gone has ended: that is one event of its own', async () => {
  const root = mkdtempSync(join(tmpdir(), 'ar-service-'));
  const claude = spawn('sleep', ['60']);
  await makeRoot(files, root, false);
  await registerSession(files, root, {
    ...{ id: ID, cwd: root, branch: null, process: await identify(claude.pid!), tmux: null },
    ...{ configDir: null, transcript: null, startedAt: new Date().toISOString() },
  });
  const events = createRunnerEvents({ root, files, clock: systemClock, print() {} });
  const service = createSessionServer({
    ...{
      root,
      files,
      clock: systemClock,
      events,
      keys: false,
      ways: { mod: none, socket: none, file: none, keys: none },
    },
    complain: () => {},
  });
  const ended = async () =>
    (await eventsIn(files, rootLayout(root).events)).filter(({ type }) => type === 'session.ended');
  try {
    service.start();
    await vi.waitFor(() => readFileSync(wakeLayout(root, ID).token));
    expect(await ended()).toEqual([]);
    const gone = once(claude, 'exit');
    claude.kill('SIGKILL');
    await gone;
    for (const _ of [1, 2]) {
      service.hint();
      await vi.waitFor(async () => expect(await ended()).toMatchObject([{ peer: ID, sessionId: ID }]));
    }
  } finally {
    await service[Symbol.asyncDispose]();
    claude.kill('SIGKILL');
    rmSync(root, { recursive: true });
  }
});

test('what cannot be taken out of its inbox is told to the operator once', async () => {
  const root = mkdtempSync(join(tmpdir(), 'ar-service-'));
  await makeRoot(files, root, false);
  await registerSession(files, root, {
    ...{ id: ID, cwd: root, branch: null, process: selfIdentity(), tmux: null, configDir: null, transcript: null },
    startedAt: new Date().toISOString(),
  });
  writeFileSync(join(sessionLayout(root, ID).inbox.inbox, 'locked.md'), 'x');
  const told = inboxLayout(rootLayout(root).operator).new;
  const said: string[] = [];
  const service = createSessionServer({
    ...{ root, clock: systemClock, keys: false, ways: { mod: none, socket: none, file: none, keys: none } },
    events: createRunnerEvents({ root, files, clock: systemClock, print: line => said.push(line) }),
    files: { ...files, obstacle: async path => (path.endsWith('locked.md') ? 'EACCES' : null) },
    complain: () => {},
  });
  service.start();
  try {
    await vi.waitFor(() => expect(readdirSync(told)).toHaveLength(1));
    service.hint();
  } finally {
    await service[Symbol.asyncDispose]();
    expect(readdirSync(told)).toHaveLength(1);
    expect(readFileSync(join(told, readdirSync(told)[0]!), 'utf8')).toContain('chmod u+rw');
    const left = '"locked.md", dropped for verbs, cannot be read and taken';
    expect(
      said.map(line => line.replaceAll(/ar-service-\w+/g, 'verbs').slice(0, 'verbs: '.length + left.length)),
    ).toEqual([`verbs: ${left}`]);
    const events = await eventsIn(files, rootLayout(root).events);
    expect(events.filter(({ type }) => type === 'drop.left')).toMatchObject([
      { type: 'drop.left', peer: ID, name: 'locked.md', kind: 'file', errno: 'EACCES', others: 0 },
    ]);
    rmSync(root, { recursive: true });
  }
});

/** A served session of this process, with what its service has watched. */
async function served() {
  const root = mkdtempSync(join(tmpdir(), 'ar-service-'));
  await makeRoot(files, root, false);
  await registerSession(files, root, {
    ...{ id: ID, cwd: root, branch: null, process: selfIdentity(), tmux: null, configDir: null, transcript: null },
    startedAt: new Date().toISOString(),
  });
  const listeners = new Map<string, () => void>();
  const service = createSessionServer({
    ...{
      root,
      files,
      clock: systemClock,
      events: noEvents,
      keys: false,
      ways: { mod: none, socket: none, file: none, keys: none },
    },
    complain: () => {},
    watch: {
      add: (directory, listener) => void listeners.set(directory, listener),
      forget: directory => void listeners.delete(directory),
    },
  });
  service.start();
  const layout = sessionLayout(root, ID);
  return {
    ...{ root, layout, listeners, inbox: layout.inbox },
    signals: () => readdirSync(layout.signals),
    unread: () => readdirSync(layout.inbox.new),
    /** Sent for later, and due in so many milliseconds from now. */
    async sendForLater(dueInMs: number, head: Partial<Message> = {}) {
      const id = newId(Date.now());
      const notBefore = new Date(Date.now() + dueInMs).toISOString();
      const message = {
        id,
        from: 'operator',
        kind: 'request',
        at: '2020-01-01T00:00:00.000Z',
        trace: id,
        hops: 0,
      } as const;
      await deliver(files, layout.inbox, { ...message, notBefore, body: 'later', ...head });
      listeners.get(layout.inbox.later)!();
    },
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      rmSync(root, { recursive: true });
    },
  };
}

test('a message for later that comes due wakes the session; one that was sent with --no-wake, and a note, do not', async () => {
  await using session = await served();
  await vi.waitFor(() => expect(session.listeners.size).toBe(2));
  await session.sendForLater(-1, { wake: false });
  await session.sendForLater(-1, { kind: 'note' });
  await vi.waitFor(() => expect(session.unread()).toHaveLength(2));
  expect(session.signals()).toEqual([]);
  await session.sendForLater(100);
  await vi.waitFor(() => expect(session.signals()).toHaveLength(1));
  await vi.waitFor(() => expect(session.unread()).toHaveLength(3));
  expect(readdirSync(session.inbox.later)).toEqual([]);
});

test('what its hooks put aside is told to the operator once, with its reason', async () => {
  await using session = await served();
  await vi.waitFor(() => expect(session.listeners.size).toBe(2));
  const told = () => {
    const { new: unread } = inboxLayout(rootLayout(session.root).operator);
    return readdirSync(unread).map(name => readFileSync(join(unread, name), 'utf8'));
  };
  writeFileSync(
    join(session.inbox.dead, `drop-${newId(Date.now())}-plan.md.reason`),
    'expected notBefore to be a time\n',
  );
  const dead = readdirSync(session.inbox.dead)[0]!.replace('.reason', '');
  writeFileSync(join(session.inbox.dead, dead), 'x');
  for (let times = 0; times < 2; times++) session.listeners.get(session.inbox.dead)!();
  await vi.waitFor(() => expect(told()).toHaveLength(1));
  expect(told()[0]).toMatch(/"plan\.md", dropped for \S+, is dead: expected notBefore .*agent-runner dead show/s);
  session.listeners.get(session.inbox.dead)!();
  await session.sendForLater(-1);
  await vi.waitFor(() => expect(session.unread()).toHaveLength(1));
  expect(told()).toHaveLength(1);
});
