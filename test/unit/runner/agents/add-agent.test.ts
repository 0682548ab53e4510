import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { agentLayout } from '#blackboard/layout.ts';
import { isAgent } from '#blackboard/peers/agent.ts';
import { findPeer } from '#blackboard/peers/peers.ts';
import { registerSession, renameSession } from '#blackboard/peers/sessions.ts';
import { makeRoot } from '#blackboard/root.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { addAgent } from '#runner/agents/add-agent.ts';
import type { AgentOptions } from '#runner/agents/agent-template.ts';

const files = createRunnerFiles();
const shipped = fileURLToPath(new URL('../../../../templates', import.meta.url));
let place: string;
let root: string;
let cwd: string;
beforeEach(async () => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'ar-add-')));
  root = join(place, 'root');
  cwd = join(place, 'work');
  mkdirSync(cwd);
  await makeRoot(files, root, false);
});
afterEach(() => rmSync(place, { recursive: true }));

const add = (name: string, options: AgentOptions = {}) =>
  addAgent(files, { root, name, options, here: { home: place, cwd }, shipped });
const session = (startTime = selfIdentity().startTime) =>
  registerSession(files, root, {
    id: '00000000-0000-4000-8000-000000000001',
    cwd: '/src/app',
    branch: null,
    process: { ...selfIdentity(), startTime },
    tmux: null,
    configDir: null,
    transcript: null,
    startedAt: new Date().toISOString(),
  });

test('the name of a living session is refused, and nothing is made of it', async () => {
  expect((await session()).name).toBe('app');
  await expect(add('app')).rejects.toMatchObject({
    exit: 73,
    message: 'a session has the name "app"',
    hint: expect.stringContaining('agent-runner rename app'),
  });
  expect(await isAgent(files, root, 'app')).toBe(false);
});

test('a session that is over gives its name up to an agent, and gets another one when it comes back', async () => {
  await session('1');
  await add('app');
  expect((await findPeer(files, root, 'app'))?.inbox).toEqual(agentLayout(root, 'app').inbox);
  expect((await session()).name).toBe('app-2');
});

test('what a session was called before it was renamed is an agent’s to have', async () => {
  const { id } = await session();
  await renameSession(files, root, id, 'builder');
  await add('app');
  expect((await findPeer(files, root, 'app'))?.inbox).toEqual(agentLayout(root, 'app').inbox);
  expect((await session()).name).toBe('builder');
});

test('an agent that exists is refused and leaves no reservation', async () => {
  await add('app');
  await expect(add('app')).rejects.toMatchObject({ exit: 73 });
  expect(readdirSync(join(root, 'sessions', 'names'))).toEqual([]);
});

test('a cwd or addDir that contains the root or lies inside it is refused, and nothing is made; beside it is well', async () => {
  symlinkSync(place, join(place, 'work', 'link'));
  mkdirSync(join(root, 'agents', 'work'));
  const beside = `${root}-not`;
  mkdirSync(beside);
  for (const path of [place, root, join(cwd, 'link'), join(root, 'agents', 'work'), '/'])
    for (const options of [{ cwd: path }, { addDir: [beside, path] }])
      await expect(add('a', options), path).rejects.toMatchObject({
        exit: 77,
        hint: expect.stringContaining('--root'),
      });
  expect(readdirSync(join(root, 'agents'))).toEqual(['work']);
  await add('a', { cwd: beside, addDir: [join(root, '..', 'nowhere')] });
});
