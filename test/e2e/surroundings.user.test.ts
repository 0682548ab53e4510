// Commands in surroundings that an ordinary user may meet: a home, a root or a directory in it that may not be read or written, and
// output that goes nowhere. Each ends with a documented exit code and says which path it is and what mends it. Run by
// scripts/as-user.mjs: root would see none of it.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cliPath } from '#test/support/agent-fixture.ts';

let place = '';
beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'surroundings-')));
  for (const name of ['home', 'cwd']) mkdirSync(join(place, name));
  expect(command(['init']).status).toBe(0);
  expect(command(['add', 'worker', '--cwd', join(place, 'cwd')]).status).toBe(0);
});
afterEach(() => {
  spawnSync('chmod', ['-R', 'u+rwX', place]);
  rmSync(place, { recursive: true, force: true });
});

type Env = Record<string, string | undefined>;

function command(args: string[], env: Env = {}, redirection = ''): SpawnSyncReturns<string> {
  const all = { PATH: process.env.PATH, HOME: join(place, 'home'), AGENT_RUNNER_HOME: join(place, 'root'), ...env };
  return spawnSync('/bin/sh', ['-c', `exec "$@" ${redirection}`, 'sh', process.execPath, cliPath, ...args], {
    env: all as NodeJS.ProcessEnv,
    cwd: join(place, 'cwd'),
    encoding: 'utf8',
    input: '',
  });
}

describe('what is shut is named, with the command that opens it', () => {
  test.each<[string, string, number, string[]]>([
    ['root', 'entered', 0o000, ['list']],
    ['root', 'written in', 0o500, ['pause']],
    ['root', 'written in', 0o500, ['init']],
    ['root/agents', 'read', 0o000, ['list']],
    ['root/agents', 'written in', 0o500, ['add', 'other']],
    ['root/agents/worker', 'written in', 0o500, ['pause', 'worker']],
    ['root/agents/worker/inbox/tmp', 'written in', 0o500, ['send', 'worker', 'x']],
    ['root/agents/worker/inbox/new', 'written in', 0o500, ['send', 'worker', 'x']],
    ['root/agents/worker/agent.md', 'read', 0o000, ['edit', 'worker']],
  ])('%s cannot be %s (mode %o): %j', (path, to, mode, args) => {
    const shut = join(place, path);
    chmodSync(shut, mode);
    const { status, stderr, stdout } = command(args);
    expect({ status, stderr, stdout }).toEqual({
      status: 77,
      stderr: `agent-runner: ${shut} cannot be ${to}: permission denied (EACCES)\n  Make it yours again: chmod u+rwX ${shut}\n`,
      stdout: '',
    });
  });

  test('config.yaml that is a directory', () => {
    const config = join(place, 'root/config.yaml');
    mkdirSync(config);
    const { status, stderr } = command(['init']);
    expect(status).toBe(65);
    expect(stderr).toContain(`${config} is a directory: expected a file\n`);
  });

  test('a home that cannot be entered, where the root is in it', () => {
    chmodSync(join(place, 'home'), 0o000);
    const { status, stderr } = command(['list'], { AGENT_RUNNER_HOME: undefined });
    expect(status).toBe(77);
    expect(stderr).toContain(`${join(place, 'home')} cannot be entered`);
  });
});

test('a message that was refused is not delivered later, when its inbox can be written again', () => {
  const inbox = join(place, 'root/agents/worker/inbox');
  chmodSync(join(inbox, 'new'), 0o500);
  expect(command(['send', 'worker', 'x']).status).toBe(77);
  expect(['tmp', 'ids', 'new'].map(name => readdirSync(join(inbox, name)))).toEqual([[], [], []]);
});

test('without a HOME that says where, nothing is made below the current directory', () => {
  for (const HOME of ['relative', '', undefined]) {
    const { status, stderr } = command(['status', 'nobody'], { HOME, AGENT_RUNNER_HOME: undefined });
    expect([66, 78], stderr).toContain(status);
  }
  expect(readdirSync(join(place, 'cwd'))).toEqual([]);
  expect(command(['--version'], { HOME: 'relative', AGENT_RUNNER_HOME: undefined }).status).toBe(0);
});

test('agents/ that cannot be read ends start --once with its reason, and no turn is begun', () => {
  writeFileSync(join(place, 'claude'), '#!/bin/sh\necho "2.1.332 (Claude Code)"\n', { mode: 0o700 });
  chmodSync(join(place, 'root/agents'), 0o000);
  const { status, stderr } = command(['start', '--once'], { PATH: `${place}:${process.env.PATH}` });
  expect(status, stderr).toBe(1);
  expect(stderr).toContain('agents');
  expect(stderr).not.toMatch(/^ +at /m);
});

test('output that cannot be written is told; a complaint that cannot be written changes nothing', () => {
  const full = command(['send', 'worker', 'x'], {}, '>/dev/full');
  expect(full.status).toBe(75);
  expect(full.stderr).toContain('may have done its work all the same');
  expect(command(['at', '+1h', 'worker', 'x'], {}, '2>/dev/full').status).toBe(0);
  expect(command(['list'], {}, '0<&- 1>&- 2>&-').status).toBe(0);
});
