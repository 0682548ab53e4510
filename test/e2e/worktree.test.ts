// An agent's worktree after people and the agent have changed it, and when the agent is removed. The real git; the fake claude.
import { existsSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { turnLayout, worktreesHome } from '#blackboard/layout.ts';
import { agentFixture } from '#test/support/agent-fixture.ts';
import { fakeClaudePath } from '#test/support/isolated-claude.ts';
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

describe('what somebody changes afterwards', () => {
  beforeEach(async () => {
    await at.ready();
    writeFileSync(join(at.own(), 'b.txt'), 'b\n');
    commit(at.own());
  });

  test.each(['', 'prune'])(
    'a directory that was deleted is made again with what was committed (git worktree %s)',
    async after => {
      rmSync(at.own(), { recursive: true });
      if (after) gitAt(at.repo, 'worktree', after);
      expect(await at.ready()).toBeNull();
      expect(readFileSync(join(at.own(), 'b.txt'), 'utf8')).toBe('b\n');
      expect((await at.remove())[0]?.kept).toBe('it has a commit that main does not have');
    },
  );

  test('a directory and a branch that were deleted: it begins anew, under another name', async () => {
    rmSync(at.own(), { recursive: true });
    gitAt(at.repo, 'worktree', 'prune');
    gitAt(at.repo, 'branch', '-D', 'agent-runner/worker');
    expect(await at.ready()).toBeNull();
    expect(await at.worksIn()).toBe(at.own('worker.2'));
  });

  test('one that is locked and not there is not made again', async () => {
    gitAt(at.repo, 'worktree', 'lock', at.own());
    renameSync(at.own(), join(at.place, 'away'));
    expect((await at.ready())?.problem).toMatch(/is locked, and not there/);
    expect((await at.ready())?.problem).toMatch(/is locked, and not there/);
    renameSync(join(at.place, 'away'), at.own());
    expect(await at.ready()).toBeNull();
    expect(readFileSync(join(at.own(), 'b.txt'), 'utf8')).toBe('b\n');
  });

  test('one that git has forgotten although it is there is not worked in', async () => {
    rmSync(join(at.repo, '.git', 'worktrees'), { recursive: true });
    expect(await at.ready()).toMatchObject({
      problem: expect.stringMatching(/git does not take .* for a worktree/),
      remedy: expect.stringMatching(/^move it away/),
    });
    renameSync(at.own(), join(at.place, 'away'));
    expect(await at.ready()).toBeNull();
    expect(readFileSync(join(at.own(), 'b.txt'), 'utf8')).toBe('b\n');
  });

  test('a worktree that was moved elsewhere is told in the words of git', async () => {
    gitAt(at.repo, 'worktree', 'move', at.own(), join(at.place, 'elsewhere'));
    expect((await at.ready())?.problem).toMatch(/already (checked out|used by worktree) at .*elsewhere/);
    expect((await at.remove())[0]?.kept).toMatch(/a commit/);
  });

  test('a repository that was moved takes its worktree along', async () => {
    const moved = join(at.place, 'moved');
    renameSync(at.repo, moved);
    expect(await at.ready(moved)).toBeNull();
    expect(await at.worksIn(moved)).toBe(at.own());
    expect(gitAt(at.own(), 'status', '--porcelain', '--branch')).toBe('## agent-runner/worker');
    expect(branchesOf(moved)).toEqual(['agent-runner/worker', 'main']);
  });

  test('another cwd: a worktree of that repository, beside the first, to which it may go back', async () => {
    const other = repositoryAt(join(at.place, 'other'));
    expect(await at.ready(other)).toBeNull();
    expect(await at.worksIn(other)).toBe(at.own('worker.2'));
    expect(await at.ready()).toBeNull();
    expect(await at.worksIn()).toBe(at.own());
    expect((await at.remove()).map(({ path, kept }) => [path, kept !== null])).toEqual(
      expect.arrayContaining([
        [at.own(), true],
        [at.own('worker.2'), false],
      ]),
    );
  });
});

describe('when the agent is removed', () => {
  const REMOVED = { branch: 'agent-runner/worker', kept: null };
  const isGone = () =>
    !existsSync(at.own()) && branchesOf(at.repo).every(branch => !branch.startsWith('agent-runner/'));
  beforeEach(async () => void (await at.ready()));

  test('a worktree with nothing of its own goes, with its branch and what git ignores; and again is the same', async () => {
    writeFileSync(join(at.repo, '.git', 'info', 'exclude'), 'built\n');
    writeFileSync(join(at.own(), 'built'), '');
    expect(await at.remove()).toEqual([{ path: at.own(), ...REMOVED }]);
    expect(isGone()).toBe(true);
    expect(await at.remove()).toEqual([{ path: at.own(), ...REMOVED }]);
  });

  test('what was merged goes', async () => {
    commit(at.own());
    gitAt(at.repo, 'merge', '--quiet', '--no-ff', 'agent-runner/worker');
    expect((await at.remove())[0]?.kept).toBeNull();
    expect(isGone()).toBe(true);
  });

  test('what its upstream has goes, also what the upstream of the branch has that it started from', async () => {
    gitAt(at.place, 'clone', '--quiet', '--bare', at.repo, 'far.git');
    gitAt(at.repo, 'remote', 'add', 'far', join(at.place, 'far.git'));
    commit(at.own());
    gitAt(at.own(), 'push', '--quiet', '--set-upstream', 'far', 'HEAD');
    expect((await at.remove())[0]?.kept).toBeNull();
    expect(isGone()).toBe(true);
  });

  test.each<[string, string, () => void]>([
    ['a changed file', 'it has uncommitted changes', () => writeFileSync(join(at.own(), 'src', 'a.txt'), 'changed')],
    ['an untracked file', 'it has untracked files', () => writeFileSync(join(at.own(), 'new.txt'), '')],
    ['a commit', 'it has a commit that main does not have', () => commit(at.own())],
    [
      'commits on no branch',
      'it has 2 commits that main does not have',
      () => {
        gitAt(at.own(), 'checkout', '--quiet', '--detach');
        commit(at.own());
        commit(at.own());
      },
    ],
    ['a lock', 'git: cannot remove a locked working tree', () => gitAt(at.repo, 'worktree', 'lock', at.own())],
    [
      'no .git any more',
      'git: not a git repository (or any of the parent directories): .git',
      () => rmSync(join(at.own(), '.git')),
    ],
  ])('with %s it is kept, whole, and says why', async (_what, kept, change) => {
    change();
    expect((await at.remove())[0]?.kept).toMatch(new RegExp(`^${kept.replace(/[()]/g, '\\$&')}`));
    expect(existsSync(join(at.own(), 'src', 'a.txt'))).toBe(true);
    expect(branchesOf(at.repo)).toContain('agent-runner/worker');
  });

  test('without its .git, git is not asked about the repository around it', async () => {
    rmSync(join(at.own(), '.git'));
    gitAt(at.place, 'init', '--quiet');
    writeFileSync(join(at.place, '.gitignore'), '*\n');
    expect((await at.remove())[0]?.kept).toMatch(/^git does not take it for a worktree of /);
    expect(existsSync(join(at.own(), 'src', 'a.txt'))).toBe(true);
  });

  test('a worktree whose repository is gone is kept', async () => {
    rmSync(at.repo, { recursive: true });
    expect((await at.remove())[0]?.kept).toMatch(/^its repository .* is gone$/);
    expect(existsSync(at.own())).toBe(true);
  });

  test('a branch alone is judged, too', async () => {
    commit(at.own());
    rmSync(at.own(), { recursive: true });
    expect((await at.remove())[0]?.kept).toMatch(/a commit/);
    gitAt(at.repo, 'merge', '--quiet', 'agent-runner/worker');
    expect((await at.remove())[0]?.kept).toBeNull();
    expect(isGone()).toBe(true);
  });
});

test('an agent with worktree: true works there, status names it, and remove takes it away or says why not', async () => {
  await using fixture = await agentFixture({ config: { claude: fakeClaudePath() } });
  const agent = await fixture.agent('worker', { front: { worktree: true } });
  const runner = fixture.start();
  await runner.says(/watching/);
  const path = join(worktreesHome(fixture.root), 'worker');
  const workedIn = (turn: number) => {
    const first = agent.intent(turn).resident?.first ?? turn;
    return /"cwd":"([^"]+)"/.exec(readFileSync(turnLayout(agent.layout.turns, first).stream, 'utf8'))?.[1];
  };
  const status = async () => (await fixture.command('status', 'worker', '--json')).stdout;

  const first = await agent.send('@@SAY one@@');
  await runner.says(/worker: held: worktree: true needs a git repository/);
  const note = await fixture.until('a note', () => fixture.operatorInbox().find(({ kind }) => kind === 'note'));
  expect(note.body).toMatch(
    /^Agent worker waits, because worktree: true needs a git repository .*agent-runner edit worker/,
  );
  expect(JSON.parse(await status())).toMatchObject({ state: 'held', worktrees: [] });
  repositoryAt(agent.cwd);
  agent.define({ front: { worktree: true } });
  expect(await agent.answer(first)).toBe('one');
  expect(await agent.answer(await agent.send('@@SAY two@@'))).toBe('two');
  expect([workedIn(1), workedIn(2)]).toEqual([path, path]);
  const tree = { path, branch: 'agent-runner/worker' };
  expect(JSON.parse(await status())).toMatchObject({ cwd: agent.cwd, worktrees: [{ ...tree, used: true }] });
  expect((await fixture.command('status', 'worker')).stdout).toContain(`${path}, branch agent-runner/worker\n`);

  agent.define({ front: { worktree: false } });
  expect(await agent.answer(await agent.send('@@SAY three@@'))).toBe('three');
  expect(workedIn(agent.turns().at(-1)!)).toBe(realpathSync(agent.cwd));
  expect(JSON.parse(await status())).toMatchObject({ worktrees: [{ ...tree, used: false }] });
  agent.define({ front: { worktree: true } });
  expect(await agent.answer(await agent.send('@@SAY four@@'))).toBe('four');
  expect(workedIn(agent.turns().at(-1)!)).toBe(path);

  writeFileSync(join(path, 'new.txt'), '');
  const removed = await fixture.command('remove', 'worker');
  expect(removed.stdout).toContain(`Kept its worktree ${path} (branch agent-runner/worker): it has untracked files\n`);
  expect(existsSync(join(path, 'new.txt'))).toBe(true);

  const second = await fixture.agent('second', { front: { worktree: true } });
  repositoryAt(second.cwd);
  expect(await second.answer(await second.send('@@SAY five@@'))).toBe('five');
  expect(JSON.parse((await fixture.command('remove', 'second', '--json')).stdout)).toMatchObject({
    worktrees: [{ path: join(worktreesHome(fixture.root), 'second'), branch: 'agent-runner/second', kept: null }],
  });
  expect(branchesOf(second.cwd)).toEqual(['main']);
});
