// Which it will be: read now, with the next turn, or when the peer is back; each with what that rests on.
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sessionLayout, turnLayout } from '#blackboard/layout.ts';
import { requirePeer } from '#blackboard/peers/peers.ts';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { reachOf } from '#runner/verbs/reach.ts';
import { makeWorkerRoot, SESSION, type WorkerRoot } from './worker-root.ts';

let root: WorkerRoot;
beforeEach(async () => {
  root = await makeWorkerRoot();
});
afterEach(() => root.clear());

const reach = async (name: string, known: Partial<Parameters<typeof reachOf>[3]> = {}) =>
  reachOf(root.context.files, root.context.root, await requirePeer(root.context.files, root.context.root, name), {
    ...{ woken: null, waits: null, ...known },
  });

test('an agent reads it now where its runner is up and no turn is open, with its next turn where one is, else when it is back', async () => {
  expect(await reach('worker', { waits: 'worker is stopped' })).toEqual({ when: 'back', proof: 'worker is stopped' });
  expect(await reach('worker')).toMatchObject({ when: 'back' });
  root.run();
  const proof = `its runner (pid ${process.pid}) is up, and no turn is open`;
  expect(await reach('worker')).toEqual({ when: 'now', proof });
  const turn = turnLayout(root.agent.turns, 1);
  mkdirSync(turn.home);
  expect(await reach('worker')).toMatchObject({ when: 'next-turn', proof: expect.stringContaining('turn 1 is open') });
  writeFileSync(turn.closed, '');
  expect(await reach('worker')).toEqual({ when: 'now', proof });
});

test('a person reads it some time', async () => {
  expect(await reach('operator')).toMatchObject({ when: 'back' });
});

test('a session reads it now only by proof that it was woken; idle without one, and busy, with its next turn; gone, when it is back', async () => {
  const { files, root: path } = root.context;
  const facts = { id: SESSION, cwd: '/src/app', branch: null, tmux: null, configDir: null, transcript: null };
  const startedAt = new Date().toISOString();
  await registerSession(files, path, { ...facts, process: selfIdentity(), startedAt });
  const layout = sessionLayout(path, SESSION);
  const is = (word: string) => writeFileSync(layout.state, `${word}\n`);
  is('idle');
  expect(await reach('app')).toEqual({
    when: 'next-turn',
    proof: 'the session is idle, and nothing wakes it for this',
  });
  is('busy');
  expect(await reach('app')).toMatchObject({ when: 'next-turn', proof: /is busy, and shows it at its next prompt/ });
  is('idle');
  const woken = { answer: 'accepted' as const, id: '01a1fc0b-65c1-7a13-a650-000000000009', dueAt: startedAt };
  mkdirSync(layout.woken, { recursive: true });
  writeFileSync(`${layout.woken}/prompt-7`, `1-${woken.id}\n`);
  expect(await reach('app', { woken })).toEqual({
    when: 'now',
    proof: 'it was woken: its prompt prompt-7 was told of it',
  });
  await registerSession(files, path, { ...facts, process: { ...selfIdentity(), startTime: '1' }, startedAt });
  expect(await reach('app')).toMatchObject({ when: 'back', proof: /^the session is dead: last seen idle/ });
});
