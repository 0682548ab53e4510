import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sessionLayout, wakeLayout } from '#blackboard/layout.ts';
import { registerSession, type SessionFacts, type SessionPeer } from '#blackboard/peers/sessions.ts';
import { makeRoot } from '#blackboard/root.ts';
import { limits } from '#blackboard/system/limits.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { checkWake } from '#runner/doctor/wake-checks.ts';
import { sessionRung } from '#runner/wake/session-rung.ts';

const files = createRunnerFiles();
const ID = '01234567-89ab-7def-8123-456789abcdef';
const NOW = Date.now();
let home: string;
let root: string;
let peer: SessionPeer;
let inbox: Server;
let layout: ReturnType<typeof sessionLayout>;

/** A session that a runner serves: an idle claude 2.1.332 with an inbox socket, and no mod. */
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'ar-rung-'));
  root = join(home, 'root');
  await makeRoot(files, root, false);
  const facts = { id: ID, cwd: home, branch: null, process: selfIdentity(), tmux: null, transcript: null };
  peer = await registerSession(files, root, { ...facts, configDir: home, startedAt: new Date(NOW).toISOString() });
  layout = sessionLayout(root, ID);
  mkdirSync(join(home, 'sessions'));
  inbox = createServer().listen(join(home, 'sock'));
  await new Promise(resolve => inbox.once('listening', resolve));
  registry({});
  mkdirSync(wakeLayout(root, ID).home, { recursive: true });
  writeFileSync(wakeLayout(root, ID).token, 'x');
});
afterEach(async () => {
  await new Promise(resolve => inbox.close(resolve));
  rmSync(home, { recursive: true });
});

function registry(more: object): void {
  const said = { sessionId: ID, status: 'idle', version: '2.1.332', messagingSocketPath: join(home, 'sock'), ...more };
  writeFileSync(join(home, 'sessions', `${process.pid}.json`), JSON.stringify(said));
}

function beat(atMs: number): void {
  mkdirSync(layout.mod.home, { recursive: true });
  writeFileSync(layout.mod.alive, JSON.stringify({ session: ID, pid: process.pid, atMs }));
}

const rung = (state: SessionFacts['state'] = 'idle') => sessionRung(files, root, { peer, state }, NOW);

test('the best way that there is, with why none before it', async () => {
  expect(await rung()).toEqual({ rung: 'socket', why: expect.stringContaining('no mod of ours has started in it') });
  beat(NOW - 1_000);
  expect(await rung()).toMatchObject({ rung: 'mod' });
  beat(NOW - limits.modBeatStaleMs);
  expect(await rung()).toEqual({ rung: 'socket', why: 'its mod has said nothing for 30s' });
  inbox.close();
  rmSync(join(home, 'sock'), { force: true });
  expect(await rung()).toMatchObject({ rung: 'file', why: expect.stringContaining('no inbox') });
  rmSync(layout.nudge);
  expect(await rung()).toMatchObject({ rung: 'prompt' });
});

test('a claude of before the mods says so', async () => {
  registry({ version: '2.1.286' });
  expect(await rung()).toEqual({ rung: 'socket', why: 'claude 2.1.286 has no mods (2.1.287 and newer)' });
});

test('one that holds what others send is woken by its mod alone', async () => {
  mkdirSync(join(home, '.claude'));
  const settings = { permissions: { defaultMode: 'bypassPermissions' } };
  writeFileSync(join(home, '.claude', 'settings.json'), JSON.stringify(settings));
  expect(await rung()).toMatchObject({ rung: 'prompt', why: expect.stringContaining('bypassPermissions') });
  beat(NOW);
  expect(await rung()).toMatchObject({ rung: 'mod' });
});

test('nothing wakes one that its user has stopped, that nobody serves, or that is over', async () => {
  beat(NOW);
  writeFileSync(layout.mod.stopped, '{}');
  expect(await rung()).toMatchObject({ rung: 'prompt', why: expect.stringContaining('stopped it') });
  rmSync(wakeLayout(root, ID).token);
  expect(await rung()).toMatchObject({ rung: 'prompt', why: expect.stringContaining('agent-runner start') });
  expect(await rung('dead')).toBeNull();
});

test('doctor says it of each session, and names a policy that refuses mods; nothing of it is wrong', async () => {
  const said = await checkWake(files, root, true, NOW);
  expect(said.every(({ ok }) => ok)).toBe(true);
  expect(said.map(({ sentence }) => sentence)).toEqual([
    expect.stringContaining('allowManagedModsOnly'),
    expect.stringContaining(`${peer.name} is woken by socket: no mod of ours`),
  ]);
  expect(await checkWake(files, root, null, NOW)).toHaveLength(1);
});
