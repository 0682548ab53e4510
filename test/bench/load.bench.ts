/** Many turns, many agents, deep queues, with a claude that answers at once: memory, throughput, what depth costs. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { benchRoot, cli, deliverTo, end, report, startUntil, usageOf } from './fleet.ts';

const FULL = process.env.AGENT_RUNNER_TEST_FULL !== undefined;
const TURNS = FULL ? 10_000 : 500;
const pause = () => new Promise(resolve => setTimeout(resolve, 20));

const turnsOf = (root: string, agent: string): number => {
  const numbers = readdirSync(join(root, 'agents', agent, 'turns')).map(Number);
  return numbers.reduce((highest, number) => Math.max(highest, number), 0);
};
const doneOf = (root: string, agent: string): number => {
  const done = join(root, 'agents', agent, 'inbox', 'done');
  return readdirSync(done).reduce((sum, day) => sum + readdirSync(join(done, day)).length, 0);
};

test(`memory over ${TURNS} turns`, { timeout: 3_600_000 }, async () => {
  using bench = benchRoot(1);
  const runner = await startUntil(process.execPath, [cli, 'start'], bench.env, 'watching');
  const tenth = TURNS / 10;
  const rss: number[] = [];
  for (let index = 1; index <= TURNS; index++) {
    await deliverTo(bench, 'a0');
    if (index % tenth !== 0) continue;
    while (doneOf(bench.root, 'a0') < index) await pause();
    rss.push(usageOf(runner.pid!).rssMb);
  }
  await end(runner);
  report(`RSS after each tenth of ${TURNS} turns, MB`, rss.map(mb => mb.toFixed(0)).join(' '));
});

test('20 agents with instant answers', { timeout: 600_000 }, async () => {
  using bench = benchRoot(20);
  const each = FULL ? 100 : 15;
  for (let agent = 0; agent < 20; agent++)
    for (let index = 0; index < each; index++) await deliverTo(bench, `a${agent}`);
  const from = performance.now();
  await startUntil(process.execPath, [cli, 'start', '--once'], bench.env, '', { untilEnd: true });
  const seconds = (performance.now() - from) / 1000;
  const turns = Array.from({ length: 20 }, (_, agent) => turnsOf(bench.root, `a${agent}`)).reduce((a, b) => a + b);
  report(`20 agents, ${turns} turns`, `${(turns / seconds).toFixed(1)} turns/s`);
});

test('a turn behind a deep queue', { timeout: 3_600_000 }, async () => {
  // The first ones stand beside the first sweep of a runner, which looks at everything once.
  const [first, measured] = [10, 30];
  for (const depth of [10, 1_000, ...(FULL ? [100_000] : [20_000])]) {
    using bench = benchRoot(1);
    for (let index = 0; index < depth + first + measured; index++) await deliverTo(bench, 'a0', { fast: true });
    // What was written in a hurry is on disk before it begins, or its fsyncs would wait for all that.
    execFileSync('sync');
    const begin = performance.now();
    const runner = await startUntil(process.execPath, [cli, 'start'], bench.env, 'watching');
    while (turnsOf(bench.root, 'a0') < 2) await pause();
    const firstMs = performance.now() - begin;
    while (turnsOf(bench.root, 'a0') < first) await pause();
    const from = performance.now();
    while (turnsOf(bench.root, 'a0') < first + measured) await pause();
    const each = (performance.now() - from) / measured;
    const { rssMb } = usageOf(runner.pid!);
    await end(runner);
    report(
      `${depth} waiting`,
      `${each.toFixed(0)} ms a turn, first after ${firstMs.toFixed(0)} ms, ${rssMb.toFixed(0)} MB`,
    );
  }
});
