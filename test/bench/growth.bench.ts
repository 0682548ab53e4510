/**
 * What a root costs once it has grown. AGENT_RUNNER_BENCH_BESIDE names the cli.js of another build, which then runs on the same
 * roots in turn with this one. Prints ratios, and fails for none of them.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { type BenchRoot, benchRoot, cli, deliverTo, end, percentile, report, startUntil } from './fleet.ts';
import { growInbox, growSessions, growTurns } from './growth-roots.ts';

const BESIDE = process.env.AGENT_RUNNER_BENCH_BESIDE;
const BUILDS = [cli, ...(BESIDE === undefined ? [] : [BESIDE])];
const TURNS = 20_000;
const HOUR_MS = 3_600_000;

/** Runs `measure` with each build in turn; prints the fastest of each, and how much of the other's time this one takes. */
async function beside(what: string, times: number, measure: (cli: string) => Promise<number> | number): Promise<void> {
  const found = BUILDS.map(() => [] as number[]);
  for (let round = 0; round < times; round++)
    for (const [at, build] of BUILDS.entries()) found[at]!.push(await measure(build));
  const [mine, other] = found.map(each => Math.min(...each));
  const ratio = other === undefined ? '' : `, the other build ${other.toFixed(0)} ms: 1/${(other / mine!).toFixed(1)}`;
  report(what, `${mine!.toFixed(0)} ms${ratio}`);
}

/** A whole command, in milliseconds. */
function command({ env }: BenchRoot, build: string, ...args: string[]): number {
  const from = performance.now();
  execFileSync(process.execPath, [build, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'], maxBuffer: 1e9 });
  return performance.now() - from;
}

test(`a turn after ${TURNS} turns, and trace`, { timeout: HOUR_MS }, async () => {
  using young = benchRoot(1);
  using old = benchRoot(1);
  growTurns(young.root, 'a0', 500);
  const ids = growTurns(old.root, 'a0', TURNS);
  execFileSync('sync');
  await beside(`trace of the first of ${TURNS} messages`, 3, build => command(old, build, 'trace', ids[0]!));
  await beside(`trace of the last`, 3, build => command(old, build, 'trace', ids.at(-1)!));
  for (const build of BUILDS) {
    const each = new Map([young, old].map(bench => [bench, [] as number[]]));
    for (let round = 0; round < 3; round++) for (const [bench, found] of each) found.push(await turnMs(bench, build));
    const [early, late] = [...each.values()].map(found => Math.min(...found));
    report(
      `a turn after ${TURNS} turns${build === cli ? '' : ', the other build'}`,
      `${late!.toFixed(1)} ms, after 500: ${early!.toFixed(1)} ms: ${(late! / early!).toFixed(2)} x`,
    );
  }
});

/** One turn of many that follow each other, in milliseconds. */
async function turnMs(bench: BenchRoot, build: string): Promise<number> {
  const [first, measured] = [10, 60];
  const count = () => readdirSync(join(bench.root, 'agents', 'a0', 'turns')).length;
  const before = count();
  for (let index = 0; index < first + measured + 10; index++) await deliverTo(bench, 'a0', { fast: true });
  execFileSync('sync');
  const runner = await startUntil(process.execPath, [build, 'start'], bench.env, 'watching');
  const at: number[] = [];
  for (let turn = 0; turn < first + measured; turn++) at.push(await bench.nextStart());
  while (count() < before + first + measured + 10) await new Promise(resolve => setTimeout(resolve, 100));
  await end(runner);
  return percentile(
    at.slice(first).map((ms, index) => ms - at[first + index - 1]!),
    0.5,
  );
}

test('the newest 50 of 20,000 unread messages', { timeout: HOUR_MS }, async () => {
  using bench = benchRoot(0);
  growInbox(bench.root, 20_000);
  execFileSync('sync');
  await beside('inbox, 20,000 unread', 5, build => command(bench, build, 'inbox'));
});

test('2,000 agents', { timeout: HOUR_MS }, async () => {
  using bench = benchRoot(2_000);
  for (let index = 0; index < 2_000; index++) growTurns(bench.root, `a${index}`, 2);
  execFileSync('sync');
  const list = (build: string) => command(bench, build, 'list');
  await beside('list, 2,000 agents', 5, list);
  await beside('start, 2,000 agents, until it watches', 3, async build => {
    const from = performance.now();
    const runner = await startUntil(process.execPath, [build, 'start'], bench.env, 'watching');
    const ms = performance.now() - from;
    await end(runner);
    return ms;
  });
  const runner = await startUntil(process.execPath, [cli, 'start'], bench.env, 'watching');
  // What starting them has changed is not remembered before it is some seconds old.
  await new Promise(resolve => setTimeout(resolve, 30_000));
  await beside('list, 2,000 agents, while a runner runs them', 5, list);
  await end(runner);
});

test('5,000 sessions that are over', { timeout: HOUR_MS }, async () => {
  using bench = benchRoot(0);
  growSessions(bench.root, 5_000);
  execFileSync('sync');
  await beside('list, 5,000 sessions that are over', 5, build => command(bench, build, 'list'));
});
