import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from './source-tree.ts';

const cli = join(packageRoot, 'dist/cli.js');
/** Builtins that take a millisecond or more each, and that these commands do without. */
const HEAVY = ['child_process', 'crypto', 'http', 'https', 'worker_threads', 'zlib', 'tls', 'repl', 'readline'];

let home: string;
let tell: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'startup-'));
  tell = join(home, 'tell.cjs');
  writeFileSync(
    tell,
    "process.on('exit', () => require('node:fs').writeSync(2, process.moduleLoadList.join('\\n')));\n",
  );
  run('init');
  mkdirSync(join(home, 'work'));
  run('add', 'worker', '--cwd', join(home, 'work'));
  // The first list parses agent.md, and writes down what it came to.
  run('list');
});
afterAll(() => rmSync(home, { recursive: true }));

function run(...args: string[]) {
  // A server of this machine's user is none of its business.
  const env = { HOME: home, PATH: process.env.PATH ?? '', TMUX_TMPDIR: home };
  return spawnSync(process.execPath, ['-r', tell, cli, ...args], { env, encoding: 'utf8' });
}

/** The builtins of Node that this command has loaded when it ends. */
const loadedBy = (...args: string[]): string[] => {
  const { stderr, status } = run(...args);
  // 75: nobody answers here.
  expect([0, 1, 75], stderr).toContain(status);
  const loaded = stderr.split('\n').filter(line => line.startsWith('NativeModule '));
  expect(loaded).toContain('NativeModule fs');
  return loaded.map(line => line.slice('NativeModule '.length));
};

test('as they are built, the commands that people wait for load none of the heavy builtins', () => {
  const found = [
    ['send', 'worker', 'hello'],
    ['list'],
    ['status', 'worker'],
    ['post', 'hello'],
    ['ask', 'worker', 'hello', '--timeout', '0.01'],
  ].map(args => [args[0], loadedBy(...args).filter(name => HEAVY.includes(name))]);
  expect(found).toEqual([
    ['send', []],
    ['list', []],
    ['status', []],
    ['post', []],
    ['ask', []],
  ]);
});

test('a command that needs one is seen to load it', () => {
  expect(loadedBy('--version').filter(name => HEAVY.includes(name))).toContain('child_process');
});
