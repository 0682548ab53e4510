// A worktree of its own for an agent: from what it is made, and why it is not. With the real git in a place of its own.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readWorktrees, worktreeMissing } from '#runner/agents/worktree.ts';
import {
  branchesOf,
  commit,
  gitAt,
  repositoryAt,
  type WorktreePlace,
  worktreePlace,
} from '#test/support/worktree-place.ts';

let at: WorktreePlace;
beforeEach(() => {
  at = worktreePlace();
});
afterEach(() => at.clear());

test('an agent gets a worktree of its own beside the root, on a branch with its name, and only once', async () => {
  expect(await at.worksIn()).toBeNull();
  expect(await at.ready()).toBeNull();
  expect(await at.worksIn()).toBe(at.own());
  expect(gitAt(at.own(), 'status', '--porcelain', '--branch')).toBe('## agent-runner/worker');
  expect(gitAt(at.own(), 'rev-parse', 'HEAD')).toBe(gitAt(at.repo, 'rev-parse', 'HEAD'));
  commit(at.own());
  expect(await at.ready()).toBeNull();
  expect(branchesOf(at.repo)).toEqual(['agent-runner/worker', 'main']);
  expect(await at.worksIn(at.repo, false)).toBe(at.repo);
});

test('it works below the top as its cwd lies in the repository, also where git does not track that directory', async () => {
  mkdirSync(join(at.repo, 'src', 'made here'));
  expect(await at.ready(join(at.repo, 'src', 'made here'))).toBeNull();
  expect(await at.worksIn(join(at.repo, 'src', 'made here'))).toBe(join(at.own(), 'src/made here/'));
  expect(await at.ready(join(at.repo, 'src'))).toBeNull();
  expect(await at.worksIn(join(at.repo, 'src'))).toBe(join(at.own(), 'src/'));
  expect(branchesOf(at.repo)).toEqual(['agent-runner/worker', 'main']);
});

test('no hook of the repository runs for it', async () => {
  const hook = join(at.repo, '.git', 'hooks', 'post-checkout');
  writeFileSync(hook, `#!/bin/sh\ntouch ${at.place}/ran\n`);
  chmodSync(hook, 0o755);
  expect(await at.ready()).toBeNull();
  expect(existsSync(join(at.place, 'ran'))).toBe(false);
  gitAt(at.repo, 'checkout', '--quiet', '-b', 'other');
  expect(existsSync(join(at.place, 'ran'))).toBe(true);
});

describe('where it begins', () => {
  test('a detached HEAD: with that commit', async () => {
    gitAt(at.repo, 'checkout', '--quiet', '--detach');
    expect(await at.ready()).toBeNull();
    expect((await readWorktrees(at.files, at.layout)).trees).toMatchObject([{ from: null, making: null }]);
    expect((await at.remove())[0]?.kept).toBeNull();
  });

  test('a cwd that is a worktree itself: with what is checked out there', async () => {
    gitAt(at.repo, 'worktree', 'add', '--quiet', '-b', 'feature', join(at.place, 'feature'));
    commit(join(at.place, 'feature'));
    expect(await at.ready(join(at.place, 'feature'))).toBeNull();
    expect(gitAt(at.own(), 'rev-parse', 'HEAD')).toBe(gitAt(at.repo, 'rev-parse', 'feature'));
  });

  test('a cwd that a link leads to', async () => {
    execFileSync('ln', ['-s', join(at.repo, 'src'), join(at.place, 'link')]);
    expect(await at.ready(join(at.place, 'link'))).toBeNull();
    expect(await at.worksIn(join(at.place, 'link'))).toBe(join(at.own(), 'src/'));
  });

  test('a submodule: with the commit that is checked out in it, and it is taken away as any other', async () => {
    const whole = repositoryAt(join(at.place, 'whole'));
    gitAt(whole, 'submodule', '--quiet', 'add', at.repo, 'part');
    expect(await at.ready(join(whole, 'part'))).toBeNull();
    expect(readFileSync(join(at.own(), 'src', 'a.txt'), 'utf8')).toBe('a\n');
    expect(gitAt(at.own(), 'status', '--porcelain', '--branch')).toBe('## agent-runner/worker');
    expect((await at.remove())[0]?.kept).toBeNull();
    expect(branchesOf(join(whole, 'part'))).toEqual(['main']);
  });
});

describe('what it cannot be made of is missing, with what mends it, and recorded', () => {
  const missing = async (
    cwd: string,
    problem: RegExp,
    remedy: RegExp,
    more?: Parameters<WorktreePlace['ready']>[1],
  ) => {
    expect(await at.ready(cwd, more)).toEqual({
      cwd,
      problem: expect.stringMatching(problem),
      remedy: expect.stringMatching(remedy),
    });
    const known = await worktreeMissing(at.files, at.layout, { cwd, worktree: true });
    expect(known?.problem).toMatch(problem);
    expect(await worktreeMissing(at.files, at.layout, { cwd, worktree: false })).toBeNull();
    expect(await at.worksIn(cwd)).toBeNull();
  };

  test('a cwd in no repository; and it is made once there is one', async () => {
    const cwd = join(at.place, 'plain');
    mkdirSync(cwd);
    await missing(cwd, /needs a git repository .*not a git repository/, /take worktree: true out/);
    gitAt(cwd, 'init', '--quiet');
    await missing(cwd, /needs a commit/, /make its first commit/);
    commit(cwd);
    expect(await at.ready(cwd)).toBeNull();
    expect(await worktreeMissing(at.files, at.layout, { cwd, worktree: true })).toBeNull();
  });

  test('a bare repository, and the directory of one', async () => {
    gitAt(at.place, 'clone', '--quiet', '--bare', at.repo, 'bare.git');
    await missing(join(at.place, 'bare.git'), /must be run in a work tree/, /take worktree: true out/);
    await missing(join(at.repo, '.git'), /must be run in a work tree/, /take worktree: true out/);
  });

  test('no git', async () => {
    await missing(at.repo, /there is no program "git" in PATH/, /take worktree: true out/, { env: { PATH: at.place } });
  });

  test('a root inside the repository', async () => {
    const within = join(at.repo, 'root');
    mkdirSync(within);
    expect(await at.ready(at.repo, { root: within })).toMatchObject({
      problem: expect.stringMatching(/inside the repository/),
    });
    expect(branchesOf(at.repo)).toEqual(['main']);
  });

  test('a branch that is in the way of all such branches', async () => {
    gitAt(at.repo, 'branch', 'agent-runner');
    await missing(at.repo, /cannot be made \(git: .*agent-runner/, /mend that/);
    // Looked at again, it still stands there.
    await missing(at.repo, /cannot be made \(git: .*agent-runner/, /mend that/);
    gitAt(at.repo, 'branch', '-d', 'agent-runner');
    expect(await at.ready()).toBeNull();
    expect(await at.worksIn()).toBe(at.own());
  });
});

describe('what was there before it', () => {
  test('a branch or a directory of its name is somebody else’s: it takes another name', async () => {
    gitAt(at.repo, 'branch', 'agent-runner/worker');
    mkdirSync(at.own('worker.2'), { recursive: true });
    expect(await at.ready()).toBeNull();
    expect(await at.worksIn()).toBe(at.own('worker.3'));
    expect(branchesOf(at.repo)).toEqual(['agent-runner/worker', 'agent-runner/worker.3', 'main']);
  });

  test('what an earlier agent of that name left is not its own', async () => {
    await at.ready();
    commit(at.own());
    expect((await at.remove())[0]?.kept).toMatch(/a commit/);
    rmSync(at.layout.worktrees);
    await at.ready();
    expect(await at.worksIn()).toBe(at.own('worker.2'));
    expect(gitAt(at.own('worker.2'), 'rev-parse', 'HEAD')).toBe(gitAt(at.repo, 'rev-parse', 'main'));
  });
});
