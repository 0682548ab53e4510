// A runner or git dies while it makes an agent's worktree: the next runner makes it whole, and only one.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Files } from '#blackboard/system/files.ts';
import { worktreeMissing } from '#runner/agents/worktree.ts';
import { branchesOf, commit, gitAt, type WorktreePlace, worktreePlace } from '#test/support/worktree-place.ts';

let at: WorktreePlace;
beforeEach(() => {
  at = worktreePlace();
});
afterEach(() => at.clear());

/** A git that does nothing any more once its nth run has done its work. */
function cutGit(nth: number): Record<string, string> {
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const bin = join(at.place, `bin-${nth}`);
  mkdirSync(bin);
  const run = `${real} "$@"`;
  writeFileSync(
    join(bin, 'git'),
    `#!/bin/sh\nn=$(( $(cat ${bin}/n 2>/dev/null || echo 0) + 1 )); echo $n > ${bin}/n\n[ $n -lt ${nth} ] && exec ${run}\n[ $n -eq ${nth} ] && ${run} >/dev/null 2>&1\nexit 1\n`,
  );
  chmodSync(join(bin, 'git'), 0o755);
  return { PATH: `${bin}:${dirname(real)}:/usr/bin:/bin` };
}
const isCut = (bin: Record<string, string>, nth: number) =>
  existsSync(join(bin.PATH!.split(':')[0]!, 'n')) &&
  Number(readFileSync(join(bin.PATH!.split(':')[0]!, 'n'), 'utf8')) >= nth;

/** Dies at its nth change of a file. */
function cutFiles(nth: number): { files: Files; died(): boolean } {
  let count = 0;
  const changing = ['create', 'append', 'link', 'move', 'makeDirectory', 'remove', 'syncDirectory'];
  const cut = new Proxy(at.files, {
    get: (target, name: keyof Files) => {
      const act = target[name] as (...args: unknown[]) => unknown;
      if (!changing.includes(name)) return act.bind(target);
      return async (...args: unknown[]) => {
        if (++count >= nth) throw new Error('dead');
        return act.apply(target, args);
      };
    },
  });
  return { files: cut, died: () => count >= nth };
}

const isOne = async () => {
  expect(await at.ready()).toBeNull();
  expect(await at.worksIn()).toBe(at.own());
  expect(gitAt(at.own(), 'status', '--porcelain', '--branch')).toBe('## agent-runner/worker');
  expect(branchesOf(at.repo)).toEqual(['agent-runner/worker', 'main']);
  expect(gitAt(at.repo, 'worktree', 'list', '--porcelain').match(/^worktree /gm)).toHaveLength(2);
};

test('after every run of git: the next runner makes it whole, and only one', async () => {
  let cuts = 0;
  for (let nth = 1; ; nth++, cuts++) {
    const cut = cutGit(nth);
    await at.ready(at.repo, { env: cut });
    if (!isCut(cut, nth)) break;
    await isOne();
    expect((await at.remove())[0]?.kept).toBeNull();
    rmSync(at.layout.worktrees);
  }
  expect(cuts).toBeGreaterThan(5);
});

test('a removal that dies after any run of git is completed by the next one', async () => {
  let cuts = 0;
  for (let nth = 1; ; nth++, cuts++) {
    await at.ready();
    const cut = cutGit(nth);
    await at.remove(cut);
    expect((await at.remove())[0]?.kept).toBeNull();
    expect(branchesOf(at.repo)).toEqual(['main']);
    expect(existsSync(at.own())).toBe(false);
    if (!isCut(cut, nth)) break;
    rmSync(at.layout.worktrees);
  }
  expect(cuts).toBeGreaterThan(5);
});

test('at every change of a file: the same', async () => {
  let cuts = 0;
  for (let nth = 1; ; nth++, cuts++) {
    const cut = cutFiles(nth);
    await at.ready(at.repo, { files: cut.files }).catch(() => {});
    if (!cut.died()) break;
    await isOne();
    expect((await at.remove())[0]?.kept).toBeNull();
    rmSync(at.layout.worktrees);
  }
  expect(cuts).toBeGreaterThan(5);
});

test('git that is killed while it writes files: cleared away and made again; an agent removed in between keeps nothing', async () => {
  writeFileSync(join(at.repo, '.gitattributes'), '*.txt filter=stop\n');
  commit(at.repo);
  gitAt(at.repo, 'config', 'filter.stop.smudge', 'kill -KILL 0');
  expect((await at.ready())?.problem).toMatch(/cannot be made/);
  expect(existsSync(join(at.own(), '.git'))).toBe(true);
  expect(await at.worksIn()).toBeNull();
  gitAt(at.repo, 'config', 'filter.stop.smudge', 'cat');
  await isOne();
  rmSync(at.own(), { recursive: true });
  gitAt(at.repo, 'config', 'filter.stop.smudge', 'kill -KILL 0');
  expect((await at.ready())?.problem).toMatch(/cannot be made/);
  expect((await at.remove())[0]?.kept).toBeNull();
  expect(branchesOf(at.repo)).toEqual(['main']);
  expect(existsSync(at.own())).toBe(false);
});

test('the control: without the record that comes before git, what git left is taken for somebody else’s', async () => {
  writeFileSync(join(at.repo, '.gitattributes'), '*.txt filter=stop\n');
  commit(at.repo);
  gitAt(at.repo, 'config', 'filter.stop.smudge', 'kill -KILL 0');
  await at.ready();
  gitAt(at.repo, 'config', 'filter.stop.smudge', 'cat');
  rmSync(at.layout.worktrees);
  await expect(isOne()).rejects.toThrow();
});

test('a runner that ends meanwhile leaves no complaint, and the next one makes it', async () => {
  const ending = new AbortController();
  ending.abort();
  expect(await at.ready(at.repo, { signal: ending.signal })).toBeNull();
  expect(await worktreeMissing(at.files, at.layout, { cwd: at.repo, worktree: true })).toBeNull();
  await isOne();
});
