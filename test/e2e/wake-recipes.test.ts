// The recipes of the README, taken from its text and run as they stand there, against a runner with the agent that they name.
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { wakeLayout } from '#blackboard/layout.ts';
import type { SignalLine } from '#runner/wake/signal-log.ts';
import { type AgentFixture, agentFixture, type TestAgent } from '#test/support/agent-fixture.ts';

const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');

/** The fenced block whose first line says what it is for. */
function recipe(name: string): string {
  for (const [, block = ''] of readme.matchAll(/^```(?:sh|python|js)\n([\s\S]*?)^```$/gm))
    if (new RegExp(`^(#|//) ${name}\\b`).test(block)) return block;
  throw new Error(`README.md has no recipe for ${name}`);
}

interface World {
  house: AgentFixture;
  agent: TestAgent;
  env: Record<string, string>;
  logged(): SignalLine[];
}

async function world(use: (world: World) => Promise<void>): Promise<void> {
  await using house = await agentFixture();
  const agent = await house.agent('reviewer');
  mkdirSync(join(agent.cwd, 'src'));
  const runner = house.start();
  await runner.says(/watching/);
  const { token, log } = wakeLayout(house.root, 'reviewer');
  await house.until('its socket', () => existsSync(token));
  const env = { ...house.place.env, PATH: [join(house.place.root, 'bin'), process.env.PATH].join(delimiter) };
  const logged = (): SignalLine[] =>
    (existsSync(log) ? readFileSync(log, 'utf8') : '')
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line));
  await use({ house, agent, env, logged });
}

/** Runs a program in the agent's directory to its end. */
function run(
  { agent, env }: World,
  command: string,
  args: string[],
  input = '',
): Promise<{ code: number; stdout: string }> {
  return new Promise(resolve => {
    const child = spawn(command, args, { cwd: agent.cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.on('data', piece => {
      stdout += piece;
    });
    child.on('close', code => resolve({ code: code ?? -1, stdout }));
    child.stdin.end(input);
  });
}

const accepted = (type: string) => [expect.objectContaining({ type, decision: 'accepted', source: 'socket' })];

test('cron: its line, as cron runs it', () =>
  world(async it => {
    const line = recipe('cron').split('\n')[1]!;
    const [minute, hours, ...rest] = line.split(' ');
    expect([minute, hours, ...rest.slice(0, 3)]).toEqual(['*/15', '9-17', '*', '*', '1-5']);
    expect((await run(it, '/bin/sh', ['-c', rest.slice(3).join(' ')])).code).toBe(0);
    expect(it.logged()).toEqual(accepted('wake'));
    await it.agent.ended(1);
  }));

test('CI: a step that is quiet where the turn starts, and warns where nobody runs', () =>
  world(async it => {
    const step = recipe('CI');
    expect((await run(it, 'bash', ['-e'], step)).stdout).toContain('confirmed');
    await run(it, 'agent-runner', ['stop']);
    const { code, stdout } = await run(it, 'bash', ['-e'], step);
    expect([code, stdout]).toEqual([0, '::warning::reviewer was not woken\n']);
  }));

test('git: a commit wakes the agent, and never fails over it', () =>
  world(async it => {
    const git = (...args: string[]) =>
      run(it, 'git', ['-c', 'user.name=a', '-c', 'user.email=a@example.invalid', ...args]);
    await git('init', '-q');
    const hook = join(it.agent.cwd, '.git', 'hooks', 'post-commit');
    writeFileSync(hook, recipe('git').split('\n').slice(1).join('\n'));
    chmodSync(hook, 0o755);
    expect((await git('commit', '-q', '--allow-empty', '-m', 'one')).code).toBe(0);
    expect(it.logged()).toEqual(accepted('file_changed'));
    expect((await it.agent.ended(1)).signals).toMatchObject({ alone: true });
    await run(it, 'agent-runner', ['signals', 'off']);
    expect((await git('commit', '-q', '--allow-empty', '-m', 'two')).code).toBe(0);
  }));

const hasInotify = (process.env.PATH ?? '').split(delimiter).some(home => existsSync(join(home, 'inotifywait')));

test.runIf(hasInotify)('a file watcher: the file that was written is named', () =>
  world(async it => {
    const watcher: ChildProcess = spawn('/bin/sh', ['-c', recipe('a file watcher')], {
      cwd: it.agent.cwd,
      env: it.env,
      stdio: 'ignore',
      detached: true,
    });
    try {
      const file = join(it.agent.cwd, 'src', 'a.ts');
      await it.house.until('the watcher to see it', async () => {
        appendFileSync(file, 'x');
        await new Promise(resolve => setTimeout(resolve, 200));
        return it.logged().length > 0;
      });
      expect(it.logged()[0]).toMatchObject({ type: 'file_changed', decision: 'accepted' });
      await it.agent.ended(1);
      expect(it.agent.requests()[0]!.prompt).toContain(`file_changed "${file}"`);
    } finally {
      process.kill(-watcher.pid!, 'SIGKILL');
    }
  }),
);

test('a plain shell', () =>
  world(async it => {
    const { stdout } = await run(it, '/bin/sh', ['-c', recipe('a plain shell')]);
    expect(JSON.parse(stdout)).toMatchObject({ answer: 'accepted' });
    await it.agent.ended(1);
  }));

test('Python', () =>
  world(async it => {
    const { stdout } = await run(it, 'python3', ['-c', recipe('Python')]);
    expect(JSON.parse(stdout)).toMatchObject({ answer: 'accepted' });
  }));

test('Node', () =>
  world(async it => {
    const { stdout } = await run(it, process.execPath, ['-e', recipe('Node')]);
    expect(JSON.parse(stdout)).toMatchObject({ answer: 'accepted' });
  }));
