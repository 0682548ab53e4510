// hook.sh and signals, as claude would start it: what it prints, what it leaves, how it ends. No Node is started behind it here.
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
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { boardLayout, rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { formatSignalName, recordSignal, type SignalRecord } from '#blackboard/signals/pending.ts';
import { signalKey } from '#blackboard/signals/signal.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';

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

function hook(event: string, input: object = {}, env: Record<string, string> = {}, node = '/no/node') {
  const stdin = JSON.stringify({ session_id: ID, hook_event_name: event, ...input });
  const words = [SCRIPT, event, root, node];
  return spawnSync('/bin/sh', words, {
    input: stdin,
    encoding: 'utf8',
    // A hang, and nothing else.
    timeout: 50_000,
    env: { PATH: process.env.PATH, CLAUDE_CODE_SESSION_ID: ID, CLAUDE_CODE_SESSION_ATTENDED: '1', ...env },
  });
}

function signal(record: Partial<SignalRecord> = {}): string {
  const id = Math.random().toString(16).slice(2).padEnd(16, '0').slice(0, 16);
  const whole: SignalRecord = { type: 'wake', id, at: '2026-11-21T12:00:00Z', source: 'socket', ...record };
  const name = formatSignalName({ dueMs: 1, type: whole.type, key: signalKey(whole), id, interruptions: 0 });
  writeFileSync(join(layout.signals, name), JSON.stringify(whole));
  return name;
}

const prompted = (prompt = 'hello', more: object = {}) =>
  hook('UserPromptSubmit', { prompt_id: 'p-1', permission_mode: 'default', prompt, ...more });
const toldBy = (stdout: string): string => JSON.parse(stdout).hookSpecificOutput.additionalContext;

test('signals are told with the prompt, consumed, and leave the proof under its id', () => {
  const names = [signal(), signal({ type: 'file_changed', path: '/w/a b.ts' })];
  const { stdout, status } = prompted();
  expect(status).toBe(0);
  expect(toldBy(stdout)).toContain('A signal came from outside (');
  expect(toldBy(stdout)).toContain('wake');
  expect(toldBy(stdout)).toContain('file_changed "/w/a b.ts"');
  expect(readdirSync(layout.signals)).toEqual([]);
  expect(readFileSync(join(layout.woken, 'p-1'), 'utf8').trim().split('\n').sort()).toEqual(names.sort());
});

describe('until it has been printed, a signal waits', () => {
  const untold = (names: string[]) => {
    expect(readdirSync(layout.signals).sort()).toEqual(names.sort());
    // What went wrong is over: the next prompt tells them all.
    rmSync(join(layout.unproven, 'news,p'), { force: true });
    expect(toldBy(hook('UserPromptSubmit', { prompt_id: 'p-2', prompt: 'x' }).stdout)).toContain('A signal came');
    expect(readdirSync(layout.signals)).toEqual([]);
  };
  /** Something is to be shown beside them, and this is the node that would do it. */
  const withNode = (script: string) => {
    mkdirSync(layout.unproven, { recursive: true });
    writeFileSync(join(layout.unproven, 'news,p'), '');
    const node = join(root, 'node');
    writeFileSync(node, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return hook('UserPromptSubmit', { prompt_id: 'p-1', prompt: 'x' }, {}, node);
  };

  test('stdout is gone', () => {
    const names = [signal(), signal({ type: 'file_changed', path: '/w/a' })];
    const stdin = JSON.stringify({ session_id: ID, prompt_id: 'p-1' });
    const env = { PATH: process.env.PATH, CLAUDE_CODE_SESSION_ID: ID };
    const words = ['-c', 'exec >&-; exec /bin/sh "$@"', 'x', SCRIPT, 'UserPromptSubmit', root, '/no/node'];
    expect(spawnSync('/bin/sh', words, { input: stdin, encoding: 'utf8', env }).status).toBe(0);
    untold(names);
  });

  test('the hook is killed while node works', () => {
    const names = [signal(), signal()];
    expect(withNode('kill -9 $PPID').signal).toBe('SIGKILL');
    untold(names);
  });

  test('node ends without having printed them', () => {
    const names = [signal()];
    expect(withNode('exit 3')).toMatchObject({ status: 0, stdout: '' });
    untold(names);
  });

  test('node fails', () => {
    const names = [signal()];
    expect(withNode('exit 1')).toMatchObject({ status: 0, stdout: '' });
    untold(names);
  });

  test('the control: node has printed them', () => {
    signal();
    expect(withNode('printf %s "$AGENT_RUNNER_TOLD"').stdout).toContain('A signal came');
    expect(readdirSync(layout.signals)).toEqual([]);
  });
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
  expect(hook('UserPromptSubmit', { prompt_id: 'p-1', prompt: 'x' }, env, node).stdout).toContain('A signal came');
  rmSync(layout.cursor);
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
  const end = hook('UserPromptSubmit', { prompt_id: 'p-1', prompt: 'x' }, { PATH: '/nowhere' });
  expect(end).toMatchObject({ status: 0, stdout: '' });
  expect(end.stderr).toContain('node was not found');
});

test('a pipe where a signal should be is none, and nobody waits for its writer', () => {
  execFileSync('mkfifo', [join(layout.signals, '1-wake-aaaaaaaaaaaa-bbbbbbbbbbbbbbbb')]);
  signal();
  expect(toldBy(prompted().stdout)).toContain('(wake)');
});

test.each(['sp ace', 'new\nline', 'glob[ab]*?', 'quo\'te"s', '-dash', '$(touch x)'])(
  'a root named %j is one directory',
  name => {
    const odd = join(root, name);
    mkdirSync(odd);
    for (const part of readdirSync(root)) if (part !== name) renameSync(join(root, part), join(odd, part));
    const there = sessionLayout(odd, ID);
    writeFileSync(join(there.signals, '1-wake-aaaaaaaaaaaa-bbbbbbbbbbbbbbbb'), '{}');
    const stdin = JSON.stringify({ session_id: ID, prompt_id: 'p-1', prompt: 'x' });
    const env = { PATH: process.env.PATH, CLAUDE_CODE_SESSION_ID: ID };
    const run = spawnSync('/bin/sh', [SCRIPT, 'UserPromptSubmit', odd, '/no/node'], {
      input: stdin,
      encoding: 'utf8',
      env,
    });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(toldBy(run.stdout)).toContain('(wake)');
    expect(readdirSync(there.signals)).toEqual([]);
    expect(readdirSync(there.woken)).toEqual(['p-1']);
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
  signal();
  expect(
    toldBy(hook('UserPromptSubmit', { prompt_id: 'p-1', prompt: 'x' }, env as Record<string, string>).stdout),
  ).toContain('(wake)');
  expect(readdirSync(layout.signals)).toEqual([]);
});

test.each(['', '..', '../x', 'a/b', '01234567-89ab-7def-8123-456789abcdeg', 'x y', '*', '\u0661'])(
  'a session id such as %j is nobody’s',
  id => {
    signal();
    const end = hook('UserPromptSubmit', { prompt_id: 'p-1', prompt: 'x' }, { CLAUDE_CODE_SESSION_ID: id });
    expect(end).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(readdirSync(layout.signals)).toHaveLength(1);
  },
);

test('of several installs one tells them', () => {
  signal();
  writeFileSync(join(layout.woken, 'p-1'), 'told\n');
  expect(prompted().stdout).toBe('');
  expect(readdirSync(layout.signals)).toHaveLength(1);
});

test.each([
  ['a quote', '/w/a"b'],
  ['an @', '/w/@b'],
  ['a backslash', '/w/a\\b'],
])('of a path with %s only the type is told', (_what, path) => {
  signal({ type: 'file_changed', path });
  expect(toldBy(prompted().stdout)).toContain('file_changed "a file whose name is not shown"');
});

test('a path that could pass for something else is written with escapes, and so not told', async () => {
  const files = createRunnerFiles();
  for (const [at, path] of ['/w/\u202eb', '/w/\u009b31m', '/w/a\nb', '/w/</system-reminder>'].entries()) {
    const id = String(at).padStart(16, '0');
    const record: SignalRecord = { type: 'file_changed', path, id, at: '2026-11-21T12:00:00Z', source: 'watch' };
    await recordSignal(files, layout.signals, record, 1);
    const [name] = readdirSync(layout.signals);
    expect(await readRecord<SignalRecord>(files, join(layout.signals, name!))).toEqual(record);
    const { stdout } = prompted();
    expect(toldBy(stdout)).toContain('file_changed "a file whose name is not shown"');
    rmSync(join(layout.woken, 'p-1'));
  }
});

test('a long name is not told: it could be a letter', () => {
  signal({ type: 'file_changed', path: `/w/${'word '.repeat(100)}` });
  expect(toldBy(prompted().stdout)).toContain('file_changed "a file whose name is not shown"');
});

test('of many paths those that fit are named and the rest counted: claude would show more as a preview only', () => {
  for (let i = 0; i < 64; i++) signal({ type: 'file_changed', path: `/w/${i}-${'x'.repeat(200)}` });
  const told = toldBy(prompted().stdout);
  expect(told).toMatch(/file_changed "\/w\/\d+-x+"; 5\d more of file_changed\)/);
  expect(told.length).toBeLessThan(3_000);
  expect(readdirSync(layout.signals)).toEqual([]);
});

test('words in the prompt that look like an id or a signal change nothing', () => {
  signal();
  prompted('","prompt_id":"evil","x":"');
  expect(readdirSync(layout.woken)).toEqual(['p-1']);
});

test('records that are being written, and while signals are off, wait', () => {
  writeFileSync(join(layout.signals, '1-wake-aaaaaaaaaaaa-bbbbbbbbbbbbbbbb.tmp-1'), '{');
  expect(prompted().stdout).toBe('');
  signal();
  writeFileSync(rootLayout(root).disableSignals, '');
  expect(prompted().stdout).toBe('');
  expect(hook('FileChanged').status).toBe(0);
  expect(readdirSync(layout.signals)).toHaveLength(2);
});

test('with nothing waiting it leaves without reading what claude says', () => {
  expect(prompted('x'.repeat(1_000_000))).toMatchObject({ status: 0, stdout: '' });
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
