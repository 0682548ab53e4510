// A runner in the background, and a second one of the same root or agent: real processes.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rootLayout } from '#blackboard/layout.ts';
import { limits } from '#blackboard/system/limits.ts';
import { identifySync } from '#blackboard/system/process-identity.ts';
import { type AgentFixture, agentFixture, cliPath } from '#test/support/agent-fixture.ts';

let fixture: AgentFixture;
beforeEach(async () => {
  fixture = await agentFixture();
});
afterEach(() => fixture[Symbol.asyncDispose]());

const logPath = () => rootLayout(fixture.root).runnerLog;
const log = () => readFileSync(logPath(), 'utf8');
const isAlive = (pid: number) => identifySync(pid) !== null;

/** Starts one in the background; its pid. */
async function detached(...args: string[]): Promise<number> {
  const { code, stdout, stderr } = await fixture.command('start', ...args, '--detach');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const pid = Number(/as pid (\d+)/.exec(stdout)![1]);
  fixture.place.killLater(pid);
  return pid;
}

function childOf(pid: number): number | null {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const found = stdout.split('\n').find(line => line.trim().split(/\s+/)[1] === String(pid));
  return found === undefined ? null : Number(found.trim().split(/\s+/)[0]);
}

describe('start --detach', () => {
  it('returns when it watches; it works, says in its log what it does, and ends with stop', async () => {
    const agent = await fixture.agent('worker');
    const pid = await detached();
    expect(log()).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\d [\\d:]{8} agent-runner: watching .* \\(pid ${pid}\\)\n$`));
    expect((statSync(logPath()).mode & 0o777).toString(8)).toBe('600');
    agent.drop('task.txt', '@@SAY dropped and done@@');
    expect(await agent.answer(await agent.taken('task.txt'))).toBe('dropped and done');
    const status = JSON.parse((await fixture.command('status', 'worker', '--json')).stdout);
    expect(status.runner.pid).toBe(pid);
    expect((await fixture.command('stop')).code).toBe(0);
    expect(isAlive(pid)).toBe(false);
    expect(log()).toContain('SIGTERM: no new turns');
    expect(existsSync(rootLayout(fixture.root).wholeRoot)).toBe(false);
  });

  it('fails with the reason and the exit code of the runner that could not begin', async () => {
    writeFileSync(rootLayout(fixture.root).config, 'claude: /no/such/claude\n');
    const noClaude = await fixture.command('start', '--detach');
    expect({ ...noClaude, stderr: noClaude.stderr.split('\n')[0] }).toMatchObject({
      code: 78,
      stdout: '',
      stderr: 'agent-runner: expected the claude command, found no "/no/such/claude"',
    });
    writeFileSync(rootLayout(fixture.root).config, 'perDayUsd: much\n');
    const broken = await fixture.command('start', '--detach');
    expect(broken.code).toBe(78);
    expect(broken.stderr).toMatch(/^agent-runner: .*config\.yaml:1: "perDayUsd" is "much"/);
    expect(broken.stderr).not.toContain('no/such/claude');
    writeFileSync(rootLayout(fixture.root).config, 'claude: /bin/sh\n');
    const unknown = await fixture.command('start', 'wroker', '--detach');
    expect(unknown.code).toBe(66);
    expect((await fixture.command('stop')).code).toBe(69);
  });

  it('ends what it has started when it is interrupted before that watches', async () => {
    const { config } = rootLayout(fixture.root);
    rmSync(config);
    execFileSync('mkfifo', [config]); // Its reader waits for a writer, and so it never gets to watch.
    const cli = { executable: process.execPath, args: [cliPath, 'start', '--detach'] };
    const starting = fixture.place.start(cli);
    const child = await fixture.until('the runner to be started', () => childOf(starting.pid));
    fixture.place.killLater(child);
    await fixture.until('it to wait', () => existsSync(logPath()));
    starting.child.kill('SIGINT');
    const { code, stderr } = await starting.ended;
    expect({ code, stderr }).toEqual({
      code: 75,
      stderr: expect.stringContaining(`the runner (pid ${child}) did not watch yet and was told to end`),
    });
    await fixture.until('the runner to be gone', () => !isAlive(child));
  });

  it('refuses --once, which ends by itself', async () => {
    const { code, stderr } = await fixture.command('start', '--once', '--detach');
    expect({ code, stderr }).toEqual({
      code: 64,
      stderr: 'agent-runner: --once ends by itself, and --detach is for what goes on\n  Leave one of them out.\n',
    });
  });

  it('a log that has grown is copied aside and truncated, so that tail -f goes on', async () => {
    await mkdir(dirname(logPath()), { recursive: true, mode: 0o700 });
    writeFileSync(logPath(), 'old\n');
    truncateSync(logPath(), limits.runnerLogBytesMax + 1);
    const { ino } = statSync(logPath());
    const pid = await detached();
    await fixture.until('the log to be truncated', () => statSync(logPath()).size < 1000);
    expect(readFileSync(`${logPath()}.1`, 'latin1').slice(-200)).toContain(`(pid ${pid})`);
    expect(statSync(logPath()).ino).toBe(ino);
    await fixture.command('stop');
    expect(log()).toContain('SIGTERM: no new turns');
  });
});

describe('a second start', () => {
  it("of the same root, in the foreground or the background, is refused with the owner's pid (75)", async () => {
    await fixture.agent('worker');
    const pid = await detached();
    for (const args of [[], ['--detach'], ['worker'], ['worker', '--detach']]) {
      const { code, stderr } = await fixture.command('start', ...args);
      expect({ args, code }).toEqual({ args, code: 75 });
      expect(stderr).toMatch(new RegExp(`already runs?: pid ${pid}, since [\\d:]{8}\n  .*agent-runner stop`));
    }
    expect(isAlive(pid)).toBe(true);
    expect((await fixture.command('status', 'worker')).code).toBe(0);
  });

  it('in the same moment: one of them is', async () => {
    await fixture.agent('worker');
    const both = await Promise.all([1, 2].map(() => fixture.command('start', 'worker', '--detach', '--json')));
    for (const { code, stdout } of both) if (code === 0) fixture.place.killLater(JSON.parse(stdout).pid);
    expect(both.map(({ code }) => code).sort()).toEqual([0, 75]);
    expect(both.find(({ code }) => code === 75)?.stderr).toMatch(/agent "worker" already runs: pid \d+/);
  });

  it('beside a runner of all agents says how the agent goes on there, and leaves a stop as it is', async () => {
    const { layout } = await fixture.agent('worker');
    const pid = await detached();
    const stopped = await fixture.command('stop', 'worker');
    expect(stopped.stdout).toContain('worker: stopped; to go on: agent-runner resume worker\n');
    const { code, stderr } = await fixture.command('start', 'worker');
    expect(code).toBe(75);
    expect(stderr).toMatch(
      new RegExp(`a runner of all agents is up: pid ${pid}, since .*\n .*agent-runner resume worker`),
    );
    expect(existsSync(layout.stop)).toBe(true);
    expect((await fixture.command('stop')).code).toBe(0);
    expect((await fixture.command('stop', 'worker')).stdout).toContain('to go on: agent-runner resume worker\n');
    expect((await fixture.command('resume', 'worker')).stdout).toContain(
      'not running; to go on: agent-runner start worker\n',
    );
  });

  it('of other agents, or after an owner that was killed, is none', async () => {
    await fixture.agent('one');
    await fixture.agent('two');
    const one = await detached('one');
    const two = await detached('two');
    const all = await detached();
    expect([one, two, all].map(isAlive)).toEqual([true, true, true]);
    process.kill(all, 'SIGKILL');
    await fixture.until('the owner to be gone', () => !isAlive(all));
    const next = JSON.parse((await fixture.command('start', '--detach', '--json')).stdout);
    fixture.place.killLater(next.pid);
    expect(next).toEqual({ pid: expect.any(Number), root: fixture.root, log: logPath() });
    expect(next.pid).not.toBe(all);
    expect((await fixture.command('stop')).code).toBe(0);
    expect([one, two].map(isAlive)).toEqual([false, false]);
  });
});
