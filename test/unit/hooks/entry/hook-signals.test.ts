// hook.sh and signals, as claude would start it: when it starts node for them, what it leaves, how it ends. Its node is a script here.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { boardLayout, rootLayout, sessionLayout } from '#blackboard/layout.ts';

const SCRIPT = fileURLToPath(new URL('../../../../hooks/entry/hook.sh', import.meta.url));
const ID = '01234567-89ab-7def-8123-456789abcdef';
let root: string;
let layout: ReturnType<typeof sessionLayout>;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hook-signals-'));
  layout = sessionLayout(root, ID);
  const board = boardLayout(root);
  for (const directory of [
    layout.signals,
    layout.woken,
    layout.shown,
    join(board.marks, 'm'),
    board.drop,
    board.writing,
  ])
    mkdirSync(directory, { recursive: true });
  for (const [path, text] of [
    [layout.peer, '{}'],
    [layout.cursor, '1:0'],
    [layout.nudge, 'none\n'],
  ] as const)
    writeFileSync(path, text);
  symlinkSync(join(layout.marks, 'm'), layout.mark);
});
afterEach(() => rmSync(root, { recursive: true }));

/** Says on stdout what it got on stdin, and so that it was started. */
let cat: string;
beforeEach(() => {
  cat = join(root, 'cat');
  writeFileSync(cat, '#!/bin/sh\nexec /bin/cat\n', { mode: 0o755 });
});

function hook(event: string, input: object = {}, env: Record<string, string> = {}, node = cat, home = root) {
  const stdin = JSON.stringify({ session_id: ID, hook_event_name: event, ...input });
  const words = [SCRIPT, event, home, node];
  return spawnSync('/bin/sh', words, {
    input: stdin,
    encoding: 'utf8',
    // A hang, and nothing else.
    timeout: 50_000,
    env: { PATH: process.env.PATH, CLAUDE_CODE_SESSION_ID: ID, CLAUDE_CODE_SESSION_ATTENDED: '1', ...env },
  });
}

function signal(): string {
  const name = '1-wake-aaaaaaaaaaaa-bbbbbbbbbbbbbbbb';
  writeFileSync(join(layout.signals, name), '{"type":"wake"}');
  return name;
}

const prompted = (env: Record<string, string> = {}, home = root) =>
  hook('UserPromptSubmit', { prompt_id: 'p-1' }, env, cat, home);

test('a signal is left to node, with all that claude said', () => {
  signal();
  expect(prompted()).toMatchObject({ status: 0, stdout: expect.stringContaining('"prompt_id":"p-1"') });
  expect(hook('PostToolUse').stdout).toBe('');
});

test('told its event alone, as by the plugin, it takes the root of the environment, else the one at home, and the node on the PATH', () => {
  signal();
  const bare = (env: Record<string, string>) =>
    spawnSync('/bin/sh', [SCRIPT, 'UserPromptSubmit'], {
      input: 'x',
      encoding: 'utf8',
      timeout: 50_000,
      env: { PATH: join(root, 'bin'), CLAUDE_CODE_SESSION_ID: ID, ...env },
    }).stdout;
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'bin', 'node'), '#!/bin/sh\necho "node $2 $3"\n', { mode: 0o755 });
  expect(bare({ AGENT_RUNNER_HOME: root })).toBe(`node UserPromptSubmit ${root}\n`);
  const home = mkdtempSync(join(tmpdir(), 'hook home '));
  symlinkSync(root, join(home, '.agent-runner'));
  expect(bare({ HOME: home })).toBe(`node UserPromptSubmit ${join(home, '.agent-runner')}\n`);
  rmSync(home, { recursive: true });
});

test('a prompt of a session that its person had stopped is left to node, which forgets the stop; one of any other is not', () => {
  expect(prompted().stdout).toBe('');
  mkdirSync(layout.mod.home);
  writeFileSync(layout.mod.stopped, '{}');
  expect(prompted().stdout).toContain('"prompt_id":"p-1"');
});

test('a project’s settings choose no program of ours, and no options of node', () => {
  const evil = join(root, 'evil');
  mkdirSync(evil);
  for (const tool of ['rm', 'mkdir', 'date', 'node'])
    writeFileSync(join(evil, tool), `#!/bin/sh\n: > ${join(root, 'pwned')}\n`, { mode: 0o755 });
  const node = join(root, 'node');
  writeFileSync(node, `#!/bin/sh\nprintf %s "\${NODE_OPTIONS-}\${NODE_PATH-}" >${join(root, 'options')}\nexit 1\n`, {
    mode: 0o755,
  });
  const env = { PATH: `${evil}:${process.env.PATH}`, NODE_OPTIONS: '--no-warnings', NODE_PATH: evil };
  rmSync(layout.woken, { recursive: true });
  signal();
  writeFileSync(layout.nudge, 'abc123\n');
  expect(hook('FileChanged', {}, env, node).status).toBe(2);
  expect(hook('UserPromptSubmit', { prompt_id: 'p-2', prompt: 'x' }, env, node)).toMatchObject({
    status: 0,
    stdout: '',
  });
  expect(readFileSync(join(root, 'options'), 'utf8')).toBe('');
  expect(existsSync(join(root, 'hooks.log'))).toBe(true);
  expect(existsSync(join(root, 'pwned'))).toBe(false);
});

test('a log that is a pipe keeps nobody waiting for its reader', () => {
  execFileSync('mkfifo', [join(root, 'hooks.log')]);
  rmSync(layout.cursor);
  const end = hook('UserPromptSubmit', {}, { PATH: '/nowhere' }, '/no/node');
  expect(end).toMatchObject({ status: 0, stdout: '' });
  expect(end.stderr).toContain('node was not found');
});

test.each(['sp ace', 'new\nline', 'glob[ab]*?', 'quo\'te"s', '-dash', '$(touch x)'])(
  'a root named %j is one directory',
  name => {
    const odd = join(root, name);
    mkdirSync(odd);
    for (const part of readdirSync(root)) if (part !== name) renameSync(join(root, part), join(odd, part));
    expect(prompted({}, odd)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    writeFileSync(join(sessionLayout(odd, ID).signals, '1-wake-aaaaaaaaaaaa-bbbbbbbbbbbbbbbb'), '{}');
    cat = join(odd, 'cat');
    expect(prompted({}, odd)).toMatchObject({ status: 0, stdout: expect.stringContaining(ID), stderr: '' });
  },
);

test.each([
  { LC_ALL: 'tr_TR.UTF-8' },
  { LC_ALL: 'nowhere' },
  { IFS: '/' },
  { CDPATH: '/tmp' },
  { HOME: '' },
  { HOME: '/dev/null' },
  { TZ: 'x\ny' },
  { ENV: '/nowhere' },
])('with %j in its environment it does the same', env => {
  const given = env as Record<string, string>;
  expect(prompted(given).stdout).toBe('');
  signal();
  expect(prompted(given).stdout).toContain(ID);
});

test.each(['', '..', '../x', 'a/b', '01234567-89ab-7def-8123-456789abcdeg', 'x y', '*', '\u0661'])(
  'a session id such as %j is nobody’s',
  id => {
    signal();
    expect(prompted({ CLAUDE_CODE_SESSION_ID: id })).toMatchObject({ status: 0, stdout: '', stderr: '' });
  },
);

test('records that are being written, and while signals are off, wait', () => {
  writeFileSync(join(layout.signals, '1-wake-aaaaaaaaaaaa-bbbbbbbbbbbbbbbb.tmp'), '{');
  expect(prompted().stdout).toBe('');
  signal();
  writeFileSync(rootLayout(root).disableSignals, '');
  expect(prompted().stdout).toBe('');
  expect(hook('FileChanged').status).toBe(0);
});

test('a root that is not absolute is one where claude works', () => {
  signal();
  const run = spawnSync('/bin/sh', [SCRIPT, 'UserPromptSubmit', basename(root), cat], {
    input: '{}',
    encoding: 'utf8',
    cwd: dirname(root),
    env: { PATH: process.env.PATH, CLAUDE_CODE_SESSION_ID: ID },
  });
  expect(run).toMatchObject({ status: 0, stdout: '{}', stderr: '' });
});

test('with nothing waiting it leaves without reading what claude says', () => {
  expect(hook('UserPromptSubmit', { prompt: 'x'.repeat(1_000_000) })).toMatchObject({ status: 0, stdout: '' });
  expect(readdirSync(layout.woken)).toEqual([]);
});

test('a new word in the watched file wakes the session once, no matter who else asks', () => {
  expect(hook('FileChanged').status).toBe(0);
  signal();
  expect(hook('FileChanged').status, 'the word it began with').toBe(0);
  writeFileSync(layout.nudge, 'abc123\n');
  const woken = hook('FileChanged');
  expect(woken).toMatchObject({ status: 2, stdout: '' });
  expect(woken.stderr).toContain('A signal woke this session');
  expect(hook('FileChanged').status).toBe(0);
  expect(existsSync(join(layout.woken, 'nudge-abc123'))).toBe(true);
  writeFileSync(layout.nudge, '../../x\n');
  expect(hook('FileChanged').status).toBe(0);
});

test('under `claude -p`, which would wait for it, it never does', () => {
  signal();
  writeFileSync(layout.nudge, 'abc123\n');
  expect(hook('FileChanged', {}, { CLAUDE_CODE_SESSION_ATTENDED: '' }).status).toBe(0);
});

test('a change of directory has the file watched again', () => {
  const { hookSpecificOutput } = JSON.parse(hook('CwdChanged').stdout);
  expect(hookSpecificOutput).toEqual({ hookEventName: 'CwdChanged', watchPaths: [layout.nudge] });
  rmSync(layout.nudge);
  expect(hook('CwdChanged')).toMatchObject({ status: 0, stdout: '' });
});
