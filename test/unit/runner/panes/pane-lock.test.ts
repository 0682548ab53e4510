import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lockPane, lockPath } from '#runner/panes/pane-lock.ts';

/** Elsewhere than on Linux the lock is a file. */
const PLATFORMS = ['linux', 'darwin'] as const;
const lock = (platform: NodeJS.Platform, socket: string, pane: string, waitMs?: number) =>
  lockPane(socket, pane, waitMs, platform);

test.each(PLATFORMS)('two writers to one pane come one after the other; another pane is free (%s)', async platform => {
  const socket = `/tmp/of-this-test-${process.pid}`;
  const order: string[] = [];
  const release = await lock(platform, socket, '%1');
  (await lock(platform, socket, '%2'))();
  const second = lock(platform, socket, '%1').then(letGo => {
    order.push('second');
    letGo();
  });
  await expect(lock(platform, socket, '%1', 0)).rejects.toMatchObject({
    exit: 75,
    message: expect.stringContaining('another call'),
  });
  order.push('first');
  release();
  await second;
  expect(order).toEqual(['first', 'second']);
});

test.each(PLATFORMS)('kill -9 leaves no lock behind (%s)', async platform => {
  const socket = `/tmp/killed-in-this-test-${process.pid}`;
  const path = lockPath(socket, '%1', platform);
  const word = JSON.stringify(path);
  const script = `require('node:net').createServer().listen(${word}, () => console.log('locked'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  await expect(lock(platform, socket, '%1', 0)).rejects.toMatchObject({ exit: 75 });
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(existsSync(path)).toBe(platform !== 'linux');
  (await lock(platform, socket, '%1'))();
  // One that lets go removes its file.
  expect(existsSync(path)).toBe(false);
});
