// hook.sh and signals, as claude would start it: what it prints, what it leaves, how it ends. No Node is started behind it here.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { boardLayout, rootLayout, sessionLayout } from '../../../../blackboard/layout.ts';
import { formatSignalName, type SignalRecord } from '../../../../blackboard/wake/pending.ts';
import { signalKey } from '../../../../blackboard/wake/signal.ts';

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

function hook(event: string, input: object = {}, env: Record<string, string> = {}) {
  const stdin = JSON.stringify({ session_id: ID, hook_event_name: event, ...input });
  const words = [SCRIPT, event, root, '/no/node'];
  return spawnSync('/bin/sh', words, {
    input: stdin,
    encoding: 'utf8',
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

test('of many paths those that fit are named and the rest counted: claude would show more as a preview only', () => {
  for (let i = 0; i < 64; i++) signal({ type: 'file_changed', path: `/w/${i}-${'x'.repeat(1000)}` });
  const told = toldBy(prompted().stdout);
  expect(told).toMatch(/file_changed "\/w\/\d+-x+"; 63 more of file_changed\)/);
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

test('a new word in the watched file wakes the session once, whoever else asks', () => {
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
