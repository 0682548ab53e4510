// What sets a root up: init, add.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { add } from '#runner/verbs/add.ts';
import { init } from '#runner/verbs/init.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { makeWorkerRoot, type WorkerRoot } from './worker-root.ts';

let root: WorkerRoot;
beforeEach(async () => {
  root = await makeWorkerRoot();
});
afterEach(() => root.clear());

test('init makes a root, finds it the next time, and shuts one that others can read', async () => {
  const path = join(root.place, 'new');
  const made = await init({ root: path, env: {}, forceFilesystem: false });
  expect(jsonViolations('init', made)).toEqual([]);
  expect(made).toEqual({ root: path, made: true, agents: 0, shut: false, configLine: null });
  chmodSync(path, 0o755);
  expect(await init({ root: path, env: {}, forceFilesystem: false })).toMatchObject({ made: false, shut: true });
});

test('init refuses a directory with other things in it with 77', async () => {
  writeFileSync(join(root.place, 'letter.txt'), '');
  await expect(init({ root: root.place, env: {}, forceFilesystem: false })).rejects.toMatchObject({ exit: 77 });
});

test('a config.yaml that says something else is left alone, and the line that it lacks is told', async () => {
  writeFileSync(join(root.context.root, 'config.yaml'), 'maxConcurrentTurns: 2\n');
  const done = await init({ root: root.context.root, env: {}, forceFilesystem: true });
  expect(done).toMatchObject({ made: false, agents: 1, configLine: 'filesystem: forced' });
});

test('add makes an agent of a template, and tells what it may do and what it does not read', async () => {
  const cwd = join(root.place, 'project');
  mkdirSync(join(cwd, '.claude'), { recursive: true });
  const added = await add(root.context, { name: 'reviewer', options: { permissionMode: 'plan' }, cwd });
  expect(jsonViolations('add', added)).toEqual([]);
  expect(added).toMatchObject({ name: 'reviewer', template: 'reviewer', cwd, permissionMode: 'plan' });
  expect(added).toMatchObject({ readsProject: false, leavesOut: true });
});

test.each([
  ['worker', {}, 73],
  ['Not a name', {}, 65],
  ['other', { cwd: '/nowhere/at/all' }, 65],
  ['other', { permissionMode: 'all' }, 64],
])('add of %j with %j is refused with %i', async (name, options, exit) => {
  const cwd = join(root.place, 'work');
  await expect(add(root.context, { name, options, cwd })).rejects.toMatchObject({ exit });
});
