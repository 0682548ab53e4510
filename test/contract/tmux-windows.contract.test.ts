// Windows that we make, against the real tmux: what is given stays text, and nobody else's window is touched.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isOurs, letGo, openWindow, printedIn, removeDead } from '#runner/panes/tmux-windows.ts';
import { until } from '#test/support/until.ts';

let home: string;
let socket: string;
let env: Record<string, string | undefined>;
beforeAll(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'tmux-windows-')));
  socket = join(home, 'server');
  env = { PATH: process.env.PATH, HOME: home, FROM_THE_CALLER: 'yes' };
});
afterAll(() => {
  tmux('kill-server');
  rmSync(home, { recursive: true });
});

const tmux = (...words: string[]) =>
  execFileSync('tmux', ['-u', '-S', socket, '-f', '/dev/null', ...words], {
    encoding: 'utf8',
    env: { ...env, TERM: 'xterm' },
  }).trim();
const ids = () => tmux('list-panes', '-a', '-F', '#{pane_id}').split('\n');
const sleeper = (name: string) => openWindow(socket, env, { name, cwd: home, argv: ['sleep', '1000'], variables: {} });

test('every word, the directory and the variables arrive as they are, on a server that is started for it', async () => {
  const cwd = join(home, '-R #(touch ran) #{session_name} %H $(touch ran) \'x";');
  mkdirSync(cwd);
  const words = [
    '-n',
    '',
    ';',
    'a;',
    'b\\;',
    '#(touch ran)',
    '#{pane_id}',
    '$(touch ran)',
    "it's",
    'two\nlines',
    '❯ 日本',
  ];
  const script = 'pwd > told; printf "%s\\0" "$ODD" "$FROM_THE_CALLER" "$@" >> told; mv told end; exec sleep 1000';
  await openWindow(socket, env, {
    ...{ name: 'words', cwd, variables: { ODD: '#(touch ran);' } },
    argv: ['sh', '-c', script, 'sh', ...words],
  });
  const told = await until('what it was given', () => {
    try {
      return readFileSync(join(cwd, 'end'), 'utf8');
    } catch {
      return null;
    }
  });
  expect(told.split('\n').slice(0, 1)).toEqual([cwd]);
  expect(told.slice(cwd.length + 1).split('\0')).toEqual(['#(touch ran);', 'yes', ...words, '']);
  expect(() => readFileSync(join(cwd, 'ran'))).toThrow('ENOENT');
  expect(() => readFileSync(join(home, 'ran'))).toThrow('ENOENT');
});

test('a name that is taken is refused, and one that only begins so is another', async () => {
  const first = await sleeper('agent-12');
  const second = await sleeper('agent-1');
  expect(second).not.toBe(first);
  await expect(sleeper('agent-1')).rejects.toMatchObject({ exit: 64, message: expect.stringContaining('"agent-1"') });
  const option = (id: string) => tmux('display-message', '-p', '-t', id, '#{remain-on-exit}');
  expect([option(first), option(second)]).toEqual(['on', 'on']);
  await letGo(socket, env, second);
  expect([option(first), option(second)]).toEqual(['on', 'off']);
});

test('a pane stays when its program ends, and is removed only then, and only that one', async () => {
  const alive = await sleeper('alive');
  const over = await openWindow(socket, env, {
    name: 'over',
    cwd: home,
    argv: ['sh', '-c', 'echo first; echo second; exit 3'],
    variables: {},
  });
  await until('its end', () => tmux('display-message', '-p', '-t', over, '#{pane_dead}') === '1');
  await expect.poll(() => printedIn(socket, env, over)).toEqual(['first', 'second']);
  const own = tmux('new-session', '-d', '-P', '-F', '#{pane_id}', '-s', 'own', 'sleep 1000');
  expect(await Promise.all([alive, over, own, '%999'].map(id => isOurs(socket, env, id)))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  for (const id of [alive, over, own, '%999']) await removeDead(socket, env, id);
  expect(ids()).toEqual(expect.arrayContaining([alive, own]));
  expect(ids()).not.toContain(over);
});

test('without tmux, with an old one, and with one that starts nothing it ends with 69', async () => {
  const order = { name: 'x', cwd: home, argv: ['sleep', '1'] as const, variables: {} };
  await expect(openWindow(socket, { PATH: '/nonexistent' }, order)).rejects.toMatchObject({ exit: 69 });
  const bin = join(home, 'bin');
  mkdirSync(bin);
  const says = (script: string) => {
    writeFileSync(join(bin, 'tmux'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, 'tmux'), 0o755);
    return openWindow(socket, { PATH: `${bin}:/bin` }, order);
  };
  await expect(says('echo tmux 3.1c')).rejects.toMatchObject({
    exit: 69,
    message: expect.stringContaining('3.1c is too old'),
  });
  await expect(says('case $4 in -V) echo tmux 3.3a;; *) exit 0;; esac')).rejects.toMatchObject({ exit: 69 });
  await expect(
    says('case $4 in -V) echo tmux 3.3a;; *) echo "server exited unexpectedly" >&2; exit 1;; esac'),
  ).rejects.toMatchObject({ exit: 69, message: expect.stringContaining('server exited') });
});
