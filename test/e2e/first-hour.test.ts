// What somebody meets in a first hour, from a shell with an empty HOME: each command says what is, and what to do next. No claude.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { cliPath } from '#test/support/agent-fixture.ts';

let home: string;
let root: string;
/** A directory for agents: one that holds the root is refused. */
let work: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ar-hour-'));
  root = join(home, '.agent-runner');
  work = join(home, 'work');
  mkdirSync(work);
  run('init');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cliPath, ...args], {
    encoding: 'utf8',
    cwd: home,
    env: { PATH: process.env.PATH ?? '', HOME: home, XDG_RUNTIME_DIR: home },
  });
  return { code: status, stdout, stderr };
}

test('-V is --version', () => {
  expect(run('-V')).toEqual(run('--version'));
  expect(run('-V')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^agent-runner \d/) });
});

test('a mistyped word behind help names what was meant', () => {
  expect(run('help', 'sned')).toEqual({
    code: 64,
    stdout: '',
    stderr: 'agent-runner: there is no command "sned"\n  Did you mean: agent-runner help send\n',
  });
  expect(run('dead', 'help', 'show')).toEqual(run('dead', 'show', '--help'));
});

test('"help" as a text is a text', () => {
  run('add', 'worker', '--cwd', work);
  expect(run('send', 'worker', 'help').code).toBe(0);
});

test('an empty board says so, and so does a topic without entries', () => {
  expect(run('board').stdout).toBe('Nothing is on the board. Put something there with: agent-runner post "<text>"\n');
  expect(JSON.parse(run('board', '--json').stdout)).toEqual([]);
  run('post', 'x');
  expect(run('board', '--topic', 'release').stdout).toBe(
    'Nothing on the board fits. See what is there with: agent-runner board\n',
  );
});

test('the transcript is there as soon as the agent is, for its owner alone', () => {
  run('add', 'worker', '--cwd', work);
  expect((statSync(join(root, 'agents', 'worker', 'transcript.log')).mode & 0o777).toString(8)).toBe('600');
});

test('logs without a log says where the words go', () => {
  const end = run('logs');
  expect(end.code).toBe(66);
  expect(end.stderr).toContain(
    'no runner has run in the background, and none runs now\n  Start one with: agent-runner start --detach',
  );
  mkdirSync(join(root, 'runners'), { recursive: true });
  writeFileSync(join(root, 'runners', `${process.pid}.json`), JSON.stringify(selfIdentity()));
  expect(run('logs').stderr).toContain(
    `the runner (pid ${process.pid}) runs in the foreground and says everything on its own terminal`,
  );
  mkdirSync(join(home, '.config', 'systemd', 'user'), { recursive: true });
  writeFileSync(
    join(home, '.config', 'systemd', 'user', 'agent-runner.service'),
    run('service', 'print', '--for', 'systemd').stdout,
  );
  if (process.platform === 'linux') expect(run('logs').stderr).toContain('journalctl --user -u agent-runner -f');
});

test('hooks install says what it did and what to do next; in the home directory one file is listed once', () => {
  const end = run('hooks', 'install');
  expect(end.stdout).toContain(`The hooks are in ${join(home, '.claude', 'settings.json')} now.`);
  expect(end.stdout).toContain('agent-runner hooks ');
  expect(run('hooks', 'install').stdout).toContain('nothing to change');
  const paths = JSON.parse(run('hooks', '--json').stdout).installs.map(({ path }: { path: string }) => path);
  expect(paths).toEqual([...new Set(paths)]);
});

test('doctor does not say that all is well while an agent is kept from its work', () => {
  run('add', 'worker', '--cwd', work);
  const aboutAgents = () =>
    JSON.parse(run('doctor', '--json').stdout).checks.filter(({ check }: { check: string }) => check === 'agents');
  expect(aboutAgents()).toMatchObject([{ ok: true }]);
  run('pause', 'worker');
  expect(aboutAgents()).toMatchObject([
    { ok: false, sentence: 'worker is paused', mend: 'agent-runner resume worker' },
  ]);
});
