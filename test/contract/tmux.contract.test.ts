// The port to tmux, against the real tmux: what it does where a guess fails.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTmux } from '#runner/panes/tmux.ts';
import { until } from '#test/support/until.ts';

let home: string;
let socket: string;
const env = { PATH: process.env.PATH, HOME: '/nonexistent' };
const tmux = (...words: string[]) =>
  execFileSync('tmux', ['-u', '-S', socket, ...words], { encoding: 'utf8', env: { ...env, TERM: 'xterm' } }).trim();
/** A pane that runs this; its id. */
const pane = (session: string, command = 'sleep 1000'): string =>
  tmux(
    '-f',
    '/dev/null',
    'new-session',
    '-d',
    '-P',
    '-F',
    '#{pane_id}',
    '-x',
    '80',
    '-y',
    '10',
    '-s',
    session,
    command,
  );
const port = () => createTmux(socket, env);
const listed = async () => (await port().panes())!;
const screenOf = async (id: string) => (await port().screens([id])).get(id);

beforeAll(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'tmux-port-')));
  socket = join(home, 'server');
  pane('anchor');
});
afterAll(() => {
  tmux('kill-server');
  rmSync(home, { recursive: true });
});

test('each pane is listed once, with its address and its first process, whatever its session is called', async () => {
  const names = ['-R', 'two words', 'ünïcode', '$(touch x)', 'agent-1', 'agent-12', 'a\tb'];
  const ids = names.map(name => pane(name));
  // A second session on the same windows.
  tmux('new-session', '-d', '-t', '=agent-1', '-s', 'other-view');
  const found = await listed();
  expect(found.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
  expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
  for (const [at, id] of ids.entries()) {
    const { address, pid } = found.find(each => each.id === id)!;
    expect(pid).toBe(Number(tmux('display-message', '-p', '-t', id, '#{pane_pid}')));
    // tmux has its own idea of some names, but none of them gets lost.
    if (/^[\w -]+$/.test(names[at]!)) expect(address).toBe(`${names[at]}:0.0`);
  }
  expect(found.find(({ id }) => id === ids[names.indexOf('agent-1')])).toMatchObject({ aliases: ['other-view:0.0'] });
});

test('screens come with their colours and every script, many in one call', async () => {
  const first = pane('coloured', "printf '\\033[2mdim\\033[0m ❯\\302\\240日本 👩‍👩‍👧'; sleep 1000");
  const second = pane('plain', 'echo second; sleep 1000');
  await until('both to be drawn', async () => {
    const screens = await port().screens([first, second]);
    return /日本/.test(screens.get(first)!.captured) && /second/.test(screens.get(second)!.captured);
  });
  const { captured } = (await screenOf(first))!;
  expect(captured).toContain('\u001b[2mdim');
  expect(captured).toContain('❯\u00a0日本');
});

test('a pane that is gone leaves the others their screens', async () => {
  const [first, second] = [pane('stays'), pane('stays-too')];
  const gone = pane('goes');
  tmux('kill-pane', '-t', gone);
  const screens = await port().screens(['%9999', first, gone, second]);
  expect([...screens.keys()].sort()).toEqual([first, second].sort());
  expect(await port().screens(['-R', 'stays', '%1; kill-server'])).toEqual(new Map());
});

test('copy mode, an input that is off and a dead program are told', async () => {
  const id = pane('moods');
  tmux('copy-mode', '-t', id);
  expect(await screenOf(id)).toMatchObject({ inMode: true, inputOff: false, isDead: false });
  tmux('send-keys', '-t', id, '-X', 'cancel');
  tmux('select-pane', '-d', '-t', id);
  expect(await screenOf(id)).toMatchObject({ inMode: false, inputOff: true });
  tmux('select-pane', '-e', '-t', id);
  tmux('set-option', '-p', '-t', id, 'remain-on-exit', 'on');
  process.kill((await listed()).find(each => each.id === id)!.pid, 'SIGKILL');
  await until('a dead pane', async () => (await screenOf(id))?.isDead);
});

test('looking presses no key, changes no window and starts no server', async () => {
  const id = pane('watched', 'cat');
  const before = tmux(
    'display-message',
    '-p',
    '-t',
    id,
    '#{window_width} #{history_size} #{cursor_y} #{window_activity}',
  );
  await listed();
  await screenOf(id);
  expect(
    tmux('display-message', '-p', '-t', id, '#{window_width} #{history_size} #{cursor_y} #{window_activity}'),
  ).toBe(before);
  expect(await createTmux(join(home, 'nobody'), env).panes()).toBeNull();
  expect(await createTmux(join(home, 'nobody'), env).panes()).toBeNull();
});

test('a text is pasted as it is, and a key pressed, only into a live pane in its normal state', async () => {
  const id = pane('typed-into', 'cat');
  const shows = () => tmux('capture-pane', '-p', '-t', id);
  const text = "-R ; two $(touch x) 'q' \\;";
  expect(await port().write(id, { text })).toBe(true);
  expect(await port().write(id, { key: 'Enter' })).toBe(true);
  await until('both lines', () => shows().split(text).length === 3);
  tmux('copy-mode', '-t', id);
  expect(await port().write(id, { text: 'lost' })).toBe(false);
  expect(await port().write(id, { key: 'Enter' })).toBe(false);
  tmux('send-keys', '-t', id, '-X', 'cancel');
  tmux('select-pane', '-d', '-t', id);
  expect(await port().write(id, { text: 'lost' })).toBe(false);
  tmux('select-pane', '-e', '-t', id);
  tmux('set-option', '-p', '-t', id, 'remain-on-exit', 'on');
  process.kill((await listed()).find(each => each.id === id)!.pid, 'SIGKILL');
  await until('a dead pane', async () => (await screenOf(id))?.isDead);
  expect(await port().write(id, { text: 'lost' })).toBe(false);
  expect(await port().write('%9999', { text: 'lost' })).toBe(false);
  expect(shows()).not.toContain('lost');
  expect(tmux('list-buffers')).toBe('');
  for (const wrong of [
    { id: 'typed-into', key: 'Enter' },
    { id, key: '-R' },
    { id, key: 'Enter ; kill-server' },
  ])
    await expect(port().write(wrong.id, { key: wrong.key })).rejects.toMatchObject({ exit: 64 });
});

test('a missing tmux, one that is too old and one that fails say so', async () => {
  const nowhere = createTmux(socket, { PATH: home });
  await expect(nowhere.panes()).rejects.toMatchObject({ exit: 69, hint: expect.stringContaining('3.2') });
  const fake = (script: string) => {
    writeFileSync(join(home, 'tmux'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(home, 'tmux'), 0o755);
    return createTmux(socket, { PATH: home }).panes();
  };
  await expect(fake("echo '3.1c %1 0 0 0 5 0.0 w:sh'")).rejects.toMatchObject({
    exit: 69,
    message: /3\.1c is too old/,
  });
  await expect(fake("echo 'next-3.6 %1 0 0 0 5 0.0 w:sh'")).resolves.toHaveLength(1);
  await expect(fake("printf 'lost \\033[2J server' >&2; exit 1")).rejects.toMatchObject({
    exit: 69,
    message: expect.not.stringContaining('\u001b'),
  });
});
