import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, renameSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, dirname } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { lockFiles, lockPane } from '#runner/panes/pane-lock.ts';

/** Elsewhere than on Linux the lock is a file. */
const PLATFORMS = ['linux', 'darwin'] as const;
const lock = (platform: NodeJS.Platform, socket: string, pane: string, waitMs?: number) =>
  lockPane(socket, pane, waitMs, platform);
const filesOf = (socket: string): string[] => {
  const path = lockFiles(socket, '%1');
  return readdirSync(dirname(path)).filter(name => name.startsWith(basename(path)));
};

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

/** Holds it until it is killed. */
async function killedHolder(platform: NodeJS.Platform, socket: string): Promise<void> {
  const contents = `
    import { lockPane } from '#runner/panes/pane-lock.ts';
    void lockPane(${JSON.stringify(socket)}, '%1', 0, '${platform}').then(() => console.log('locked'));
    setInterval(() => {}, 1e6);`;
  const built = await build({
    ...{ stdin: { contents, resolveDir: '.' }, bundle: true, platform: 'node', format: 'cjs', write: false },
  });
  const child = spawn(process.execPath, ['-e', built.outputFiles[0]!.text], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  await expect(lock(platform, socket, '%1', 0)).rejects.toMatchObject({ exit: 75 });
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test.each(PLATFORMS)('kill -9 leaves no lock behind (%s)', async platform => {
  const socket = `/tmp/killed-in-this-test-${process.pid}`;
  await killedHolder(platform, socket);
  expect(filesOf(socket)).toHaveLength(platform === 'linux' ? 0 : 1);
  (await lock(platform, socket, '%1'))();
  await expect.poll(() => filesOf(socket)).toEqual([]);
});

/** What a killed one leaves: a socket at which nobody listens. */
async function leaveFile(path: string): Promise<void> {
  const server = createServer().listen(`${path}~`);
  await once(server, 'listening');
  renameSync(`${path}~`, path);
  server.close();
  await once(server, 'close');
}

test('of many that find the file of a killed one, never two hold the pane', async () => {
  const socket = `/tmp/raced-in-this-test-${process.pid}`;
  let holders = 0;
  const seen: number[] = [];
  const turns = async (count: number) => {
    for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
  };
  const writes = async (_: unknown, at: number) => {
    await turns(at * 5);
    const release = await lock('darwin', socket, '%1', 60_000);
    seen.push(++holders);
    await turns(20);
    holders--;
    release();
  };
  for (let round = 0; round < 10; round++) {
    await leaveFile(`${lockFiles(socket, '%1')}${round}`);
    await Promise.all(Array.from({ length: 6 }, writes));
  }
  expect(seen).toEqual(Array(60).fill(1));
});
