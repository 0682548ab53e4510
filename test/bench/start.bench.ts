/** File renamed into new/ → claude process started: the runner with 1 and 1,000 agents, beside the bash loop, in one run. */
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { encodeMessage } from '#blackboard/messages/message-encode.ts';
import { newId } from '#blackboard/system/ids.ts';
import { type BenchRoot, benchRoot, end, percentile, report, startUntil } from './fleet.ts';

const SAMPLES = Number(process.env.AGENT_RUNNER_BENCH_SAMPLES ?? 40);

/** Renames one message into new/ and returns the milliseconds until the stub claude ran; then waits until the turn is over. */
async function oneDrop(bench: BenchRoot, inbox: string, isOver: () => boolean): Promise<number> {
  const id = newId(Date.now());
  const at = new Date().toISOString();
  writeFileSync(
    join(bench.base, 'message'),
    encodeMessage({ id, from: 'operator', kind: 'request', at, trace: id, hops: 0, body: 'hello' }),
  );
  const started = bench.nextStart();
  const from = performance.now();
  renameSync(join(bench.base, 'message'), join(inbox, 'new', `${Date.now()}-${id}`));
  const took = (await started) - from;
  while (!isOver()) await new Promise(resolve => setTimeout(resolve, 5));
  return took;
}

async function measureRunner(agents: number): Promise<number[]> {
  using bench = benchRoot(agents);
  const runner = await startUntil(process.execPath, ['dist/cli.js', 'start'], bench.env, 'watching');
  const home = join(bench.root, 'agents', 'a0');
  const samples: number[] = [];
  for (let index = 1; index <= SAMPLES; index++) {
    const closed = join(home, 'turns', String(index).padStart(6, '0'), 'closed');
    samples.push(await oneDrop(bench, join(home, 'inbox'), () => existsSync(closed)));
  }
  await end(runner);
  return samples;
}

const LOOP = `
inotifywait -q -m -e moved_to --format %f "$1/new" | while read -r f; do
  claude -p --resume 00000000-0000-0000-0000-000000000000 < "$1/new/$f" > "$1/out" && mv "$1/new/$f" "$1/done/"
done`;

async function measureBashLoop(): Promise<number[]> {
  using bench = benchRoot(0);
  const inbox = join(bench.base, 'inbox');
  for (const name of ['new', 'done']) mkdirSync(join(inbox, name), { recursive: true });
  const loop = await startUntil(
    'sh',
    ['-c', `${LOOP.replace('-q ', '')}`, 'sh', inbox],
    bench.env,
    'Watches established',
  );
  const samples: number[] = [];
  for (let index = 1; index <= SAMPLES; index++)
    samples.push(await oneDrop(bench, inbox, () => readdirSync(join(inbox, 'done')).length === index));
  await end(loop, 'SIGKILL');
  return samples;
}

const show = (samples: readonly number[]) =>
  `p50 ${percentile(samples, 0.5).toFixed(1)} ms, p95 ${percentile(samples, 0.95).toFixed(1)} ms`;

test('file renamed into new/ → claude process started', { timeout: 300_000 }, async () => {
  const bash = await measureBashLoop();
  report('bash: inotifywait + claude -p --resume', show(bash));
  const one = await measureRunner(1);
  report('agent-runner, 1 agent', show(one));
  const many = await measureRunner(1000);
  report('agent-runner, 1,000 agents', show(many));
  report('1 agent : bash', `${(percentile(one, 0.5) / percentile(bash, 0.5)).toFixed(1)} x`);
});
