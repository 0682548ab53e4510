/** kill -9 of the runner in mid-turn: how long the next one takes until it works, beside what Node itself takes to start. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { benchRoot, cli, deliverTo, end, killChildren, percentile, report, startUntil } from './fleet.ts';

const SAMPLES = Number(process.env.AGENT_RUNNER_BENCH_SAMPLES ?? 15);

const show = (samples: readonly number[]) =>
  `p50 ${percentile(samples, 0.5).toFixed(0)} ms, p95 ${percentile(samples, 0.95).toFixed(0)} ms`;

function nodeStart(): number {
  const from = performance.now();
  execFileSync(process.execPath, ['-e', '']);
  return performance.now() - from;
}

/** Milliseconds from the start of a runner to the start of claude, after a turn that died with the runner before. */
async function measure(agents: number, waiting: number): Promise<number[]> {
  using bench = benchRoot(agents);
  const samples: number[] = [];
  const home = join(bench.root, 'agents', 'a0');
  for (let index = 0; index < waiting; index++) await deliverTo(bench, 'a0');
  for (let sample = 0; sample < SAMPLES; sample++) {
    if (waiting === 0) await deliverTo(bench, 'a0');
    bench.slow();
    const started = bench.nextStart();
    const runner = await startUntil(process.execPath, [cli, 'start'], bench.env, 'watching');
    await started;
    await end(runner, 'SIGKILL');
    killChildren(home);
    bench.fast();
    const again = bench.nextStart();
    const from = performance.now();
    const next = startUntil(process.execPath, [cli, 'start'], bench.env, 'watching');
    samples.push((await again) - from);
    const turn = Math.max(...readdirSync(join(home, 'turns')).map(Number));
    while (!existsSync(join(home, 'turns', String(turn).padStart(6, '0'), 'closed')))
      await new Promise(resolve => setTimeout(resolve, 5));
    await end(await next, 'SIGKILL');
    killChildren(home);
  }
  return samples;
}

test('kill -9 of the runner → the next one has started claude', { timeout: 600_000 }, async () => {
  const node = Array.from({ length: SAMPLES }, nodeStart);
  report('node -e ""', show(node));
  const startMs = percentile(node, 0.5);
  for (const [agents, waiting] of [
    [1, 0],
    [100, 0],
    [1, 1000],
  ] as const) {
    const samples = (await measure(agents, waiting)).map(ms => ms - startMs);
    report(`recovery less Node's start, ${agents} agents${waiting ? `, ${waiting} waiting` : ''}`, show(samples));
  }
});
