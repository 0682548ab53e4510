/** A runner with 1,000 idle agents: memory and processor. */
import { test } from 'vitest';
import { benchRoot, end, report, startUntil, usageOf } from './fleet.ts';

const SECONDS = Number(process.env.AGENT_RUNNER_BENCH_SECONDS ?? 60);

test('1,000 idle agents', { timeout: 300_000 }, async () => {
  using bench = benchRoot(1000);
  const runner = await startUntil(process.execPath, ['dist/cli.js', 'start'], bench.env, 'watching');
  // Until the looks that follow a start are over, and what they allocated is given back.
  await new Promise(resolve => setTimeout(resolve, 75_000));
  const before = usageOf(runner.pid!);
  await new Promise(resolve => setTimeout(resolve, SECONDS * 1000));
  const after = usageOf(runner.pid!);
  await end(runner);
  report('1,000 idle agents: RSS', `${after.rssMb.toFixed(0)} MB`);
  report('1,000 idle agents: CPU', `${((after.cpuMs - before.cpuMs) / (SECONDS * 10)).toFixed(2)} %`);
});
