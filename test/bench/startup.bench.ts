/** Commands as whole processes, beside `node -e 0`, in turns, in one run. */
import { spawnSync } from 'node:child_process';
import { test } from 'vitest';
import { benchRoot, cli, deliverTo, percentile, report } from './fleet.ts';

const SAMPLES = Number(process.env.AGENT_RUNNER_BENCH_SAMPLES ?? 40);

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'node -e 0': ['-e', '0'],
  send: [cli, 'send', 'a1', 'hello'],
  list: [cli, 'list'],
  status: [cli, 'status', 'a0'],
};

test('send, list and status as whole processes', { timeout: 300_000 }, async () => {
  using bench = benchRoot(3);
  for (const agent of ['a0', 'a1', 'a2']) await deliverTo(bench, agent);
  const samples = new Map<string, number[]>(Object.keys(COMMANDS).map(name => [name, []]));
  for (let round = 0; round < SAMPLES; round++)
    for (const [name, args] of Object.entries(COMMANDS)) {
      const from = performance.now();
      const { error, stderr } = spawnSync(process.execPath, args, { env: bench.env });
      if (error || stderr.length > 0) throw new Error(`${name}: ${error?.message ?? stderr}`);
      samples.get(name)!.push(performance.now() - from);
    }
  const p50 = (name: string) => percentile(samples.get(name)!, 0.5);
  for (const name of samples.keys())
    report(`${name} as a whole process`, `${p50(name).toFixed(0)} ms, ${(p50(name) / p50('node -e 0')).toFixed(2)} ×`);
});
