// Commands where nothing is as it should be: a working directory that is gone, a clock that says 1969 or the year 10000. An error in
// words with a documented exit code; nothing is accepted that could not be read back.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cliPath } from '#test/support/agent-fixture.ts';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'hostile-'));
  mkdirSync(join(home, 'work'));
  for (const words of [['init'], ['add', 'a', '--cwd', join(home, 'work')]])
    expect(sh('exec "$@"', words)).toMatchObject({ status: 0 });
});
afterAll(() => rmSync(home, { recursive: true }));

function sh(script: string, words: string[], env: Record<string, string> = {}) {
  const options = { cwd: home, env: { PATH: process.env.PATH ?? '', HOME: home, ...env }, encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync('/bin/sh', ['-c', script, 'sh', process.execPath, cliPath, ...words], options);
  return { status, stderr };
}

test.each([
  ['hooks', 'status'],
  ['hooks', 'install', '--dry-run'],
  ['add', 'z'],
  ['edit', 'a'],
])('%s %s in a directory that was removed', (...words) => {
  const { status, stderr } = sh('mkdir gone && cd gone && rmdir ../gone && exec "$@"', words, { EDITOR: 'true' });
  expect(status).toBe(66);
  expect(stderr).toContain('the directory you are in was removed\n');
});

test.each([
  ['send a hi', 'agents/a/inbox/tmp'],
  ['post hi', 'board/writing'],
])('%s with a file where the directory %s belongs', (words, place) => {
  const root = join(home, 'swapped');
  cpSync(join(home, '.agent-runner'), root, { recursive: true });
  chmodSync(root, 0o700);
  rmSync(join(root, place), { recursive: true });
  writeFileSync(join(root, place), 'x');
  const { status, stderr } = sh('exec "$@"', ['--root', root, ...words.split(' ')]);
  rmSync(root, { recursive: true });
  expect(status, stderr).toBe(65);
  expect(stderr).toContain(`/swapped/${place} is not a directory: expected one\n`);
});

test.each([
  ['1969', -1_000, 78],
  ['10000', Date.UTC(10_000, 0, 1), 78],
  ['1970', 0, 0],
  ['9999', Date.UTC(9999, 0, 1), 0],
])('a clock that says %s: what is accepted can be read back, else nothing is', (_year, atMs, expected) => {
  const preload = join(home, 'clock.cjs');
  writeFileSync(
    preload,
    `const off = ${atMs} - Date.now();
globalThis.Date = class extends Date {
  constructor(...given) { given.length > 0 ? super(...given) : super(Date.now()); }
  static now() { return super.now() + off; }
};`,
  );
  const waiting = () => readdirSync(join(home, '.agent-runner', 'agents', 'a', 'inbox', 'new')).length;
  const before = waiting();
  const env = { NODE_OPTIONS: `--require ${preload}` };
  const sent = sh('id=$("$@" send a hello) && exec "$@" read "$id"', [], env);
  expect(sent, sent.stderr).toMatchObject({ status: expected });
  expect(waiting() - before).toBe(expected === 0 ? 1 : 0);
  if (expected !== 0) expect(sent.stderr).toContain("this machine's clock");
});
