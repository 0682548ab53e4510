/**
 * Faults at system calls: strace(1) kills the runner at the k-th call of one message's life, or has that call fail, in every
 * one of the ways that matter; then the next runner goes on. A sample of the k by default, all with AGENT_RUNNER_TEST_FULL=1;
 * AGENT_RUNNER_SEED repeats a sample.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunnerOrders } from '#test/support/crash-runner.ts';
import { describeViolations } from '#test/support/invariants.ts';
import { type RealRoot, realRoot } from '#test/support/real-root.ts';
import { whyNot } from '#test/support/why-not.ts';

const FULL = Boolean(process.env.AGENT_RUNNER_TEST_FULL);
const SEED = Number(process.env.AGENT_RUNNER_SEED ?? Math.floor(Math.random() * 1000));
const SAMPLES = 1;

/** Every system call that reads or changes files, under all its names; strace leaves out what this machine does not have ("?"). */
const CALLS = {
  rename: '?rename,?renameat,?renameat2',
  link: '?link,?linkat',
  fsync: 'fsync',
  openat: 'openat',
  mkdir: '?mkdir,?mkdirat',
  unlink: '?unlink,?unlinkat',
  write: 'write,pwrite64,writev',
  read: 'read,pread64',
  stat: '?stat,?lstat,?newfstatat,?statx',
  getdents: '?getdents,getdents64',
} as const;
type Call = keyof typeof CALLS;
const callOf = (name: string): Call | undefined =>
  (Object.keys(CALLS) as Call[]).find(call => CALLS[call].split(',').some(each => each.replace('?', '') === name));
const FAULTS = { SIGKILL: 'signal=SIGKILL', EIO: 'error=EIO', ENOSPC: 'error=ENOSPC' } as const;
type Fault = keyof typeof FAULTS;

const traceable = whyNot('strace', '-f', '-o', '/dev/null', '-e', `trace=${CALLS.rename}`, 'true');

/** One thread does all file work: the k-th call is the same one every time. */
const ONE_THREAD = { UV_THREADPOOL_SIZE: '1' };

/** How often the busiest thread makes each call in one message's life. */
async function countCalls(place: RealRoot): Promise<Record<Call, number>> {
  const log = join(place.home, 'counts');
  await place.send('alpha');
  const under = ['strace', '-f', '-qq', '-o', log, '-e', `trace=${Object.values(CALLS).join(',')}`];
  expect((await place.start({ orders: { once: true }, under, env: ONE_THREAD }).exited).code).toBe(0);
  const perThread = new Map<string, number>();
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const match = /^(\d+) +(\w+)\(/.exec(line);
    const name = match && callOf(match[2]!);
    if (match && name) perThread.set(`${name} ${match[1]}`, (perThread.get(`${name} ${match[1]}`) ?? 0) + 1);
  }
  const most = (call: Call) =>
    Math.max(0, ...[...perThread].filter(([key]) => key.startsWith(`${call} `)).map(([, count]) => count));
  return Object.fromEntries(Object.keys(CALLS).map(call => [call, most(call as Call)])) as Record<Call, number>;
}

/** Some runner of a control goes round in circles for ever. */
const bounded = ['timeout', '-s', 'KILL', '8'];

/** One message; the runner that takes it meets the fault, the next one (and its orders) ends the work. */
async function oneLife(
  place: RealRoot,
  call: Call,
  fault: Fault,
  k: number,
  control: Partial<RunnerOrders> = {},
): Promise<void> {
  const log = join(place.home, `trace-${call}-${fault}-${k}`);
  const inject = `inject=${CALLS[call]}:${FAULTS[fault]}:when=${k}`;
  const under = [...bounded, 'strace', '-f', '-ttt', '-o', log, '-e', `trace=${CALLS[call]}`, '-e', inject];
  await place.send('alpha');
  await place.start({ orders: { once: true, ...control }, under, env: ONE_THREAD }).exited;
  // A claude that was killed, or could not open its ledger, writes no end into it.
  for (const [, pid, at] of readFileSync(log, 'utf8').matchAll(/^(\d+) +(\d+\.\d+) \+\+\+ (?:killed|exited)/gm))
    place.killed(Number(pid), Number(at) * 1000);
  await place.drain(control.control === 'rerun' ? control : {});
}

const sampled = (count: number): number[] => {
  const all = Array.from({ length: count }, (_, at) => at + 1);
  if (FULL || count <= SAMPLES) return all;
  return Array.from(
    { length: SAMPLES },
    (_, at) => all[Math.floor((((at + (SEED % 997) / 997) % SAMPLES) * count) / SAMPLES)]!,
  );
};

describe.skipIf(traceable !== null)(`strace${traceable ? ` (${traceable})` : ''}`, () => {
  test.each(Object.keys(FAULTS) as Fault[])(
    '%s at the k-th system call: nothing is lost, nothing doubled',
    {
      timeout: FULL ? 3_600_000 : 300_000,
    },
    async fault => {
      await using place = await realRoot({ agents: ['alpha'] });
      const counts = await countCalls(place);
      const calls = (Object.keys(CALLS) as Call[]).map(call => [call, sampled(counts[call])] as const);
      console.log(
        `AGENT_RUNNER_SEED=${SEED} ${fault}: ${calls.map(([call, ks]) => `${call} ${ks}/${counts[call]}`).join(' · ')}`,
      );
      for (const [call, ks] of calls) {
        expect(ks.length).toBeGreaterThan(0);
        for (const k of ks) {
          await oneLife(place, call, fault, k);
          expect(describeViolations(await place.check()), `${fault} at ${call} ${k}`).toBe('');
        }
      }
    },
  );

  test('control: a runner that puts whatever is in cur back to new runs a message twice', async () => {
    await using place = await realRoot({ agents: ['alpha'] });
    const { fsync } = await countCalls(place);
    // From its claim on.
    for (let k = Math.ceil(fsync / 3); k < fsync && (await place.check()).length === 0; k++)
      await oneLife(place, 'fsync', 'SIGKILL', k, { control: 'rerun' });
    expect(describeViolations(await place.check())).not.toBe('');
  });

  test('control: a runner that does not look at the results of its writes loses a message', async () => {
    await using place = await realRoot({ agents: ['alpha'] });
    const { link } = await countCalls(place);
    for (let k = 1; k <= link && (await place.check()).length === 0; k++)
      await oneLife(place, 'link', 'EIO', k, { control: 'careless' });
    expect(describeViolations(await place.check())).not.toBe('');
  });
});
