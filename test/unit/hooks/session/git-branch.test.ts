import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { gitBranch } from '#hooks/session/git-branch.ts';

const files = createRunnerFiles();
let home: string;
let repository: string;
const git = (cwd: string, ...argv: string[]) =>
  execFileSync('git', argv, {
    cwd,
    env: { PATH: process.env.PATH, HOME: home, GIT_CONFIG_NOSYSTEM: '1' },
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString();
const branchAt = (cwd: string, env: Record<string, string> = {}) =>
  gitBranch(files, cwd, { PATH: process.env.PATH, HOME: home, ...env });
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'ar-git-')));
  repository = join(home, 'app');
  mkdirSync(join(repository, 'src'), { recursive: true });
  git(home, 'init', '-q', '-b', 'feature/x', repository);
});
afterEach(() => rmSync(home, { recursive: true }));

const commit = () =>
  git(repository, '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'x');

test('the branch is told below the repository, before the first commit and in a worktree', async () => {
  expect(await branchAt(join(repository, 'src'))).toBe('feature/x');
  commit();
  git(repository, 'worktree', 'add', '-q', '-b', 'other', join(home, 'beside'));
  expect(await branchAt(join(home, 'beside'))).toBe('other');
});

test('there is none where no branch is checked out, outside of a repository, and in what only looks like one', async () => {
  commit();
  git(repository, 'checkout', '-q', '--detach');
  expect(await branchAt(repository)).toBeNull();
  expect(await branchAt(home)).toBeNull();
  mkdirSync(join(home, 'empty', '.git'), { recursive: true });
  expect(await branchAt(join(home, 'empty'))).toBeNull();
  expect(await branchAt(join(home, 'gone'))).toBeNull();
});

test('what git alone can read is asked of git: a HEAD that stands in for another format names no branch', async () => {
  git(repository, 'config', 'core.repositoryFormatVersion', '1');
  git(repository, 'config', 'extensions.refStorage', 'reftable');
  mkdirSync(join(repository, '.git/reftable'));
  writeFileSync(join(repository, '.git/HEAD'), 'ref: refs/heads/.invalid\n');
  // A git that knows the format finds its tables broken, an older one refuses the repository.
  expect(await branchAt(repository)).toBeNull();
});

test('a repository runs nothing of its own, and another one in the environment is not asked about', async () => {
  const script = join(repository, 'run.sh');
  writeFileSync(script, `#!/bin/sh\ntouch '${home}/ran'\n`);
  chmodSync(script, 0o755);
  for (const [key, value] of Object.entries({
    'core.fsmonitor': script,
    'core.pager': script,
    'core.hooksPath': repository,
    'core.sshCommand': script,
    'alias.symbolic-ref': `!${script}`,
  }))
    git(repository, 'config', key, value);
  expect(await branchAt(repository, { GIT_DIR: join(home, 'elsewhere'), GIT_WORK_TREE: home })).toBe('feature/x');
  expect(existsSync(join(home, 'ran'))).toBe(false);
});

test('without a git on the machine there is no branch', async () => {
  expect(await gitBranch(files, repository, { PATH: join(home, 'nowhere'), HOME: home })).toBeNull();
});
