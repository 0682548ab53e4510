/** `list` with 50 panes beside tmux itself and a start of Node, and how long after the end of a turn `wait` ends. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { startTimeSync } from '#blackboard/system/process-identity.ts';
import { screenNamed } from '#test/support/pane-fixtures.ts';
import { until } from '#test/support/until.ts';
import { benchRoot, cli, percentile, report } from './fleet.ts';

const SAMPLES = Number(process.env.AGENT_RUNNER_BENCH_SAMPLES ?? 40);
const PANES = 50;
const IDLE = screenNamed('answered-80');

test('list with 50 panes, and wait', { timeout: 300_000 }, async () => {
  using bench = benchRoot(1);
  const config = join(bench.env.HOME!, '.claude');
  mkdirSync(join(config, 'sessions'), { recursive: true });
  const socket = join(bench.env.HOME!, 'tmux');
  const env = { ...bench.env, AGENT_RUNNER_TMUX: socket, CLAUDE_CONFIG_DIR: config };
  const tmux = (...words: string[]) => execFileSync('tmux', ['-S', socket, ...words], { encoding: 'utf8', env }).trim();
  const screen = join(bench.env.HOME!, 'screen');
  writeFileSync(screen, IDLE);
  const pids: number[] = [];
  const open = ['-P', '-F', '#{pane_pid}', 'cat screen; exec sleep 3600'];
  try {
    for (let at = 0; at < PANES; at++) {
      const where = ['-d', '-s', `s${at}`, '-x', '80', '-y', '40', '-c', bench.env.HOME!];
      pids.push(Number(tmux('-f', '/dev/null', 'new-session', ...where, ...open)));
    }
    const register = (pid: number, status: string) =>
      writeFileSync(
        join(config, 'sessions', `${pid}.json`),
        JSON.stringify({
          ...{ sessionId: `00000000-0000-4000-8000-${String(pid).padStart(12, '0')}`, procStart: startTimeSync(pid) },
          ...{ entrypoint: 'cli', status, statusUpdatedAt: 1 },
        }),
      );
    for (const pid of pids) register(pid, 'idle');
    await until('all screens', () => tmux('capture-pane', '-p', '-t', `=s${PANES - 1}:`).includes('manual mode'));

    const commands: Readonly<Record<string, readonly string[]>> = {
      'node -e 0': [process.execPath, '-e', '0'],
      'tmux list-panes -a': ['tmux', '-S', socket, 'list-panes', '-a'],
      [`list, ${PANES} panes`]: [process.execPath, cli, 'list'],
    };
    const samples = new Map<string, number[]>(Object.keys(commands).map(name => [name, []]));
    for (let round = 0; round < SAMPLES; round++)
      for (const [name, [program = '', ...args]] of Object.entries(commands)) {
        const from = performance.now();
        const { stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' });
        samples.get(name)!.push(performance.now() - from);
        if (name.startsWith('list') && stdout.split(' idle ').length !== PANES + 1) throw new Error(stdout + stderr);
      }
    for (const [name, found] of samples) report(name, `p50 ${percentile(found, 0.5).toFixed(0)} ms`);

    // The screen is that of an idle session: the registry alone says when the turn ends.
    const ends: number[] = [];
    const [pid = 0] = pids;
    for (let round = 0; round < SAMPLES; round++) {
      register(pid, 'busy');
      const child = spawn(process.execPath, [cli, 'wait', 's0:0.0', '--interval', '60'], { env, stdio: 'pipe' });
      // Long enough for the command to have looked and to watch.
      await new Promise(resolve => setTimeout(resolve, 700));
      const from = performance.now();
      const over = new Promise(resolve => child.on('exit', resolve));
      register(pid, 'idle');
      await over;
      ends.push(performance.now() - from);
    }
    report(
      'wait: from the end of a turn to its own',
      `p50 ${percentile(ends, 0.5).toFixed(0)} ms, p95 ${percentile(ends, 0.95).toFixed(0)} ms`,
    );

    // Killed, so that nothing but its process tells.
    const killed: number[] = [];
    for (let at = 1; at <= Math.min(SAMPLES, PANES - 1); at++) {
      register(pids[at]!, 'busy');
      const child = spawn(process.execPath, [cli, 'wait', `s${at}:0.0`, '--interval', '60'], { env, stdio: 'pipe' });
      await new Promise(resolve => setTimeout(resolve, 700));
      const from = performance.now();
      const over = new Promise(resolve => child.on('exit', resolve));
      process.kill(pids[at]!, 'SIGKILL');
      await over;
      killed.push(performance.now() - from);
    }
    report(
      'wait: from the death of its pane to its own end',
      `p50 ${percentile(killed, 0.5).toFixed(0)} ms, p95 ${percentile(killed, 0.95).toFixed(0)} ms`,
    );
  } finally {
    tmux('kill-server');
  }
});
