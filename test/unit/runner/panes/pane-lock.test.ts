import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { lockPane, lockPath } from '#runner/panes/pane-lock.ts';

test('two writers to one pane come one after the other; another pane is free', async () => {
  const socket = `/tmp/of-this-test-${process.pid}`;
  const order: string[] = [];
  const release = await lockPane(socket, '%1');
  (await lockPane(socket, '%2'))();
  const second = lockPane(socket, '%1').then(letGo => {
    order.push('second');
    letGo();
  });
  await expect(lockPane(socket, '%1', 0)).rejects.toMatchObject({
    exit: 75,
    message: expect.stringContaining('another call'),
  });
  order.push('first');
  release();
  await second;
  expect(order).toEqual(['first', 'second']);
});

test('kill -9 leaves no lock behind', async () => {
  const socket = `/tmp/killed-in-this-test-${process.pid}`;
  const word = JSON.stringify(lockPath(socket, '%1'));
  const script = `require('node:net').createServer().listen(${word}, () => console.log('locked'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  await expect(lockPane(socket, '%1', 0)).rejects.toMatchObject({ exit: 75 });
  child.kill('SIGKILL');
  await once(child, 'exit');
  (await lockPane(socket, '%1'))();
});
