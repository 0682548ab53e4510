import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deliver } from '#blackboard/inbox/deliver.ts';
import { sessionLayout } from '#blackboard/layout.ts';
import { clearSessions } from '#blackboard/peers/clear-sessions.ts';
import { findPeer } from '#blackboard/peers/peers.ts';
import { listSessions, registerSession } from '#blackboard/peers/sessions.ts';
import { makeRoot } from '#blackboard/root.ts';
import type { Files } from '#blackboard/system/files.ts';
import { newId } from '#blackboard/system/ids.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';

const DAY = 86_400_000;
const NOW = Date.now();
const files = createRunnerFiles();
const alive = selfIdentity();
const gone = { ...alive, pid: 999_999, startTime: '1' };
let root: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'ar-clear-'));
  await makeRoot(files, root, false);
});
afterEach(() => rmSync(root, { recursive: true }));

const id = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const home = (number: number) => sessionLayout(root, id(number)).home;
const register = (number: number, process = gone) =>
  registerSession(files, root, {
    id: id(number),
    cwd: `/src/app${number}`,
    branch: null,
    process,
    tmux: null,
    configDir: null,
    transcript: null,
    startedAt: new Date(NOW - 90 * DAY).toISOString(),
  });
/** Everything in it was last touched so many days ago. */
function age(number: number, days: number): void {
  for (const name of ['', ...(readdirSync(home(number), { recursive: true }) as string[])])
    utimesSync(join(home(number), name), new Date(NOW - days * DAY), new Date(NOW - days * DAY));
}
const send = async (number: number) => {
  const message = { id: newId(NOW), from: 'operator', kind: 'note' as const, trace: 't', hops: 0, body: 'x' };
  await deliver(files, sessionLayout(root, id(number)).inbox, { ...message, at: new Date(NOW).toISOString() });
};
const clear = async (port: Files = files) => {
  for await (const _step of clearSessions(port, root, NOW - 30 * DAY));
};
const left = async () => (await listSessions(files, root, NOW)).map(({ peer }) => peer.name).sort();

test('one that is over and old goes with its name; a living one, a young one and one that is owed something stay', async () => {
  for (const number of [1, 2, 3, 4, 5, 6]) await register(number, number === 2 ? alive : gone);
  await send(3);
  writeFileSync(join(sessionLayout(root, id(5)).inbox.inbox, 'dropped.md'), 'x');
  writeFileSync(join(sessionLayout(root, id(6)).inbox.dead, 'given-up'), 'x');
  for (const number of [1, 2, 3, 5, 6]) age(number, 40);
  age(4, 20);
  await clear();
  expect(await left()).toEqual(['app2', 'app3', 'app4', 'app5', 'app6']);
  expect(await findPeer(files, root, 'app1')).toBeNull();
  expect(readdirSync(join(root, 'sessions', 'names'))).not.toContain('app1');
  expect(readdirSync(join(root, 'sessions')).filter(name => name.startsWith('.'))).toEqual([]);
});

test('a headless session, which has no inbox and no name, goes once it is old', async () => {
  mkdirSync(join(home(1), 'shown'), { recursive: true });
  writeFileSync(join(home(1), 'cursor'), '1:0\n');
  age(1, 20);
  await clear();
  expect(existsSync(home(1))).toBe(true);
  age(1, 31);
  await clear();
  expect(existsSync(home(1))).toBe(false);
});

test('a message that comes in the moment in which the session is moved aside brings it back', async () => {
  await register(1);
  age(1, 40);
  let isSent = false;
  const racing: Files = {
    ...files,
    move: async (from, to) => {
      if (from === home(1) && !isSent) {
        isSent = true;
        await send(1);
      }
      return files.move(from, to);
    },
  };
  await clear(racing);
  expect(isSent).toBe(true);
  expect(await listSessions(files, root, NOW)).toMatchObject([{ peer: { name: 'app1' }, unread: 1 }]);
});

test('and where it was resumed meanwhile as well, the message is moved over to it', async () => {
  await register(1);
  await send(1);
  // What a sweep that died leaves: the session aside, with a message that came late.
  renameSync(home(1), join(root, 'sessions', `.over-${id(1)}`));
  await register(1, alive);
  await clear();
  await clear();
  expect(await listSessions(files, root, NOW)).toMatchObject([{ peer: { name: 'app1' }, unread: 1 }]);
  expect(readdirSync(join(root, 'sessions')).filter(name => name.startsWith('.'))).toEqual([]);
  expect(readdirSync(join(root, 'sessions', 'names'))).toEqual(['app1']);
});

test('a death at any effect loses nothing that is owed, and the next sweep ends the work', {
  timeout: 60_000,
}, async () => {
  for (let at = 1; ; at++) {
    await register(1);
    await register(2);
    await send(2);
    age(1, 40);
    age(2, 40);
    let effects = at;
    const dying = new Proxy(files, {
      get: (target, name: keyof Files) => {
        const verb = target[name] as (...args: unknown[]) => Promise<unknown>;
        if (name !== 'remove' && name !== 'move') return verb;
        return (...args: unknown[]) => (effects-- > 0 ? verb(...args) : Promise.reject(new Error('dead')));
      },
    });
    const died = await clear(dying).then(
      () => false,
      () => true,
    );
    await clear();
    expect(await left(), `effect ${at}`).toEqual(['app2']);
    expect(readdirSync(join(root, 'sessions')).filter(name => name.startsWith('.'))).toEqual([]);
    if (!died) break;
    expect(at).toBeLessThan(100);
  }
});
