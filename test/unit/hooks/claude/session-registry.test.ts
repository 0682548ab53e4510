import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findSessionOwner } from '#hooks/claude/session-registry.ts';

let config: string;
beforeEach(async () => {
  config = await mkdtemp(join(tmpdir(), 'ar-registry-'));
  await mkdir(join(config, 'sessions'));
});
afterEach(() => rm(config, { recursive: true }));

const register = (pid: number, entry: object | string) =>
  writeFile(
    join(config, 'sessions', `${pid}.json`),
    typeof entry === 'string' ? entry : JSON.stringify({ pid, procStart: '72209', name: 'p2-df', ...entry }),
  );
const living =
  (...pids: number[]) =>
  (pid: number) =>
    pids.includes(pid) ? '72209' : null;

test('a live process that has the session open is named', async () => {
  await register(9777, { sessionId: 's-1', kind: 'interactive', entrypoint: 'cli', status: 'idle' });
  const owner = { pid: 9777, name: 'p2-df', kind: 'interactive', entrypoint: 'cli', status: 'idle' };
  expect(await findSessionOwner(config, 's-1', living(9777))).toEqual(owner);
  expect(await findSessionOwner(config, 's-2', living(9777))).toBeNull();
});

test('a pid that was given to another process since is nobody', async () => {
  await register(9777, { sessionId: 's-1', procStart: '100' });
  expect(await findSessionOwner(config, 's-1', living(9777))).toBeNull();
});

test('on macOS the start time is a date, whose blanks we write otherwise', async () => {
  await register(9777, { sessionId: 's-1', procStart: 'Sat Nov  1 02:24:01 2026' });
  expect(await findSessionOwner(config, 's-1', () => 'Sat_Nov_1_02:24:01_2026')).toMatchObject({ pid: 9777 });
});

test('files of dead processes are not read: an unreadable one does not disturb', async () => {
  for (let pid = 1; pid <= 300; pid++) await mkdir(join(config, 'sessions', `${pid}.json`));
  await register(9777, { sessionId: 's-1' });
  expect(await findSessionOwner(config, 's-1', living(9777))).toMatchObject({ pid: 9777 });
  await expect(findSessionOwner(config, 's-1', living(5)), 'the control: this one is read').rejects.toThrow('EISDIR');
});

test('torn files, foreign names and a missing directory are nobody', async () => {
  await register(9777, '{"pid":97');
  await writeFile(join(config, 'sessions', 'notes.json'), JSON.stringify({ sessionId: 's-1' }));
  expect(await findSessionOwner(config, 's-1', () => '72209')).toBeNull();
  expect(await findSessionOwner(join(config, 'none'), 's-1', () => '72209')).toBeNull();
});

test('a file that is still being written is read again', async () => {
  await register(77, '{"sessionId":"s1","pid":7');
  const owner = await findSessionOwner(config, 's1', pid => {
    // The process is known to live; its file becomes whole while we look.
    setImmediate(() => void register(77, { sessionId: 's1', pid: 77 }));
    return pid === 77 ? '72209' : null;
  });
  expect(owner?.pid).toBe(77);
});
