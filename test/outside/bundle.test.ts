// The one file for other hosts, in a directory that has nothing else: its verbs, its version, and what it needs of the host.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildForFile, hookedClaude } from '#test/support/interactive-claude.ts';
import { person } from '#test/support/person.ts';

const built = buildForFile();
let place: string;
let file: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'ar-alone-'));
  file = join(place, 'agent-runner-panes.cjs');
  execFileSync(process.execPath, ['scripts/bundle.mjs', file]);
  for (const name of ['home', 'empty']) mkdirSync(join(place, name));
}, 60_000);
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** With Node and this PATH. */
const runs = (path: string, ...args: string[]) => {
  const env = { HOME: join(place, 'home'), PATH: path, AGENT_RUNNER_TMUX: join(place, 'no-server') };
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
    env,
    cwd: place,
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
};

test('it says its version and its verbs, and has no others', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(runs('/usr/bin:/bin', '--version').stdout).toContain(`agent-runner ${version}\n`);
  const { stdout } = runs('/usr/bin:/bin', '--help');
  for (const verb of ['list', 'status', 'peek', 'tail', 'wait', 'send', 'ask', 'cmd', 'esc', 'press'])
    expect(stdout).toMatch(new RegExp(`^  ${verb} `, 'm'));
  expect(stdout).not.toMatch(/^ {2}(?:start|doctor|mcp|hooks) /m);
  expect(runs('/usr/bin:/bin', 'start')).toMatchObject({ code: 64, stderr: expect.stringContaining('start') });
});

test('without tmux each verb says so with 69, and a list is empty', () => {
  expect(runs('/usr/bin:/bin', 'init')).toMatchObject({ code: 0 });
  for (const words of [
    ['status', 'work:1.0'],
    ['peek', 'work:1.0'],
    ['wait', 'work:1.0'],
  ])
    expect(runs(join(place, 'empty'), ...words), words.join(' ')).toMatchObject({ code: 69, stderr: /tmux/ });
  expect(runs(join(place, 'empty'), 'list')).toMatchObject({ code: 0 });
});

test('a person sends with it into the pane of the real claude', { timeout: 60_000 }, async () => {
  await using hooked = await hookedClaude(built.dist);
  hooked.tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'anchor', 'sleep 3600');
  const terminal = await hooked.terminal();
  await terminal.session();
  using operator = person(hooked.root, hooked.place.env, file);
  const there = ['--socket', hooked.tmuxSocket];
  const asked = await operator.types('ask', terminal.pane, 'which? @@SAY the second@@', '--via', 'tmux', ...there);
  expect(asked, asked.stderr).toMatchObject({ code: 0, stdout: 'the second\n' });
  const listed = await operator.types('list', ...there);
  expect(listed.stdout, listed.stderr).toMatch(/ idle /);
  expect(await operator.types('peek', terminal.pane, ...there)).toMatchObject({
    stdout: expect.stringContaining('the second'),
  });
  expect(readdirSync(place).sort()).toEqual(['agent-runner-panes.cjs', 'empty', 'home']);
});
