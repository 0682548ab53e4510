import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDiskFiles } from '../../../../blackboard/disk-files.ts';
import { agentLayout } from '../../../../blackboard/layout.ts';
import { isAgent, peerInbox } from '../../../../blackboard/peers.ts';
import { selfIdentity } from '../../../../blackboard/process-identity.ts';
import { makeRoot } from '../../../../blackboard/root.ts';
import { registerSession, renameSession } from '../../../../blackboard/sessions.ts';
import { addAgent } from '../../../../runner/agent/add-agent.ts';

const files = createDiskFiles();
const shipped = fileURLToPath(new URL('../../../../templates', import.meta.url));
let root: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'ar-add-'));
  await makeRoot(files, root, false);
});
afterEach(() => rmSync(root, { recursive: true }));

const add = (name: string) => addAgent(files, { root, name, options: {}, here: { home: root, cwd: root }, shipped });
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
  expect(await peerInbox(files, root, 'app')).toEqual(agentLayout(root, 'app').inbox);
  expect((await session()).name).toBe('app-2');
});

test('what a session was called before it was renamed is an agent’s to have', async () => {
  const { id } = await session();
  await renameSession(files, root, id, 'builder');
  await add('app');
  expect(await peerInbox(files, root, 'app')).toEqual(agentLayout(root, 'app').inbox);
  expect((await session()).name).toBe('builder');
});

test('an agent that exists is refused and leaves no reservation', async () => {
  await add('app');
  await expect(add('app')).rejects.toMatchObject({ exit: 73 });
  expect(readdirSync(join(root, 'sessions', 'names'))).toEqual([]);
});
