// What the real claude makes of settings files, as hooks, hooks install and doctor tell it. Nothing is sent, and nothing of the
// user's runs: a helper and a hook in the file would leave a trace.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildForFile } from '#test/support/interactive-claude.ts';
import { realClaudePath, sealedEnv } from '#test/support/isolated-claude.ts';

const build = buildForFile();
let home: string;
let file: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ar-settings-'));
  mkdirSync(join(home, 'tmp'));
  mkdirSync(join(home, '.claude'));
  file = join(home, '.claude', 'settings.json');
  run(['init']);
  writeFileSync(join(home, '.agent-runner', 'config.yaml'), `claude: ${realClaudePath()}\n`);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function run(args: string[], env: Record<string, string> = {}) {
  const end = spawnSync(process.execPath, [join(build.dist, 'cli.js'), ...args], {
    encoding: 'utf8',
    cwd: home,
    env: sealedEnv({ home, extra: env }),
  });
  return { code: end.status, stdout: end.stdout, stderr: end.stderr };
}

test('one value that claude does not take: hooks and doctor say that it drops the file, install does not touch it', () => {
  const trace = join(home, 'trace');
  const settings = {
    apiKeyHelper: `echo helper >>${trace}; echo sk`,
    hooks: { SessionStart: [{ hooks: [{ type: 'command', command: `echo hook >>${trace}` }] }] },
  };
  writeFileSync(file, JSON.stringify(settings, null, 2));
  expect(run(['hooks', 'install'])).toMatchObject({ code: 0, stderr: '' });
  expect(run(['hooks'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^user +installed /) });
  expect(run(['doctor']).stdout).toMatch(/^ok +hooks .*claude says that it runs them$/m);

  const installed = readFileSync(file, 'utf8');
  writeFileSync(file, installed.replace('{', '{\n  "cleanupPeriodDays": 0,'));
  const told = /claude drops the whole file: cleanupPeriodDays: /;
  expect(run(['hooks'])).toMatchObject({ code: 1, stdout: expect.stringMatching(told) });
  expect(run(['doctor'])).toMatchObject({ code: 1, stdout: expect.stringMatching(told) });

  const before = JSON.stringify({ permissions: { allow: 'Bash(ls)' } });
  writeFileSync(file, before);
  expect(run(['hooks', 'install'])).toMatchObject({
    code: 65,
    stderr: expect.stringMatching(/claude drops the whole file: permissions\.allow: (?:.|\n)*it was not touched/),
  });
  expect(readFileSync(file, 'utf8')).toBe(before);
  expect(existsSync(trace)).toBe(false);
  expect(readdirSync(join(home, 'tmp')).filter(name => name.startsWith('agent-runner-'))).toEqual([]);
});

test('where claude cannot be asked, that is said', () => {
  writeFileSync(file, ' \n');
  writeFileSync(join(home, '.agent-runner', 'config.yaml'), 'claude: /nowhere/claude\n');
  expect(run(['hooks', 'install'])).toMatchObject({ code: 0, stderr: '' });
  expect(run(['hooks'])).toMatchObject({ code: 0, stdout: expect.stringContaining('claude could not be asked: ') });
});
