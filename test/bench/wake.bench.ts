// Figures of the wake socket, printed: a good wake to the start of its turn, and what 10,000 bad ones do meanwhile.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { agentLayout, turnLayout, wakeLayout } from '#blackboard/layout.ts';
import { line, say } from '#test/contract/wake-served.ts';
import { agentFixture } from '#test/support/agent-fixture.ts';
import { benchRoot, cli, deliverTo, end, percentile, report, startUntil } from './fleet.ts';

const WAKES = 40;
/** Wakes that are not measured: a runner is not fresh from its start when a signal comes. */
const WARM = 10;
const BAD = 10_000;
const SLOW = 200;
const AT_ONCE = 32;

const figure = (values: readonly number[]): string =>
  `p50 ${percentile(values, 0.5).toFixed(2)} ms · p99 ${percentile(values, 0.99).toFixed(2)} ms (n ${values.length})`;

/** Bad inputs of as many kinds as there are; each kind counts one of the `kinds`. */
function badInputs(token: string): [kind: string, bytes: (n: number) => string | Uint8Array][] {
  const good = JSON.stringify(token);
  return [
    ['empty line', () => '\n'],
    ['not JSON', n => `wake ${n}\n`],
    ['cut in the middle', () => `{"token":${good},"ty\n`],
    ['a list', () => `[${good},"wake"]\n`],
    ['nested', n => `{"token":${good},"type":{"wake":${n}}}\n`],
    ['deeply nested', () => `${'['.repeat(2000)}\n`],
    ['a number', n => `{"token":${n},"type":"wake"}\n`],
    ['unknown field', n => `{"token":${good},"type":"wake","message":"do ${n}"}\n`],
    ['doubled field', () => `{"token":${good},"type":"wake","type":"wake"}\n`],
    ['missing field', () => `{"token":${good}}\n`],
    ['unknown type', n => `{"token":${good},"type":"run-${n}"}\n`],
    ['second line', () => `${line(token)}${line(token)}`],
    [
      'not UTF-8',
      n => Buffer.concat([Buffer.from(`{"token":${good},"type":"wake`), Buffer.from([0xff, n & 0xff, 0x0a])]),
    ],
    ['more than 4 KB', n => `${'x'.repeat(4097 + (n % 5000))}\n`],
    ['a wrong token', n => line(`${n}`)],
    ['an almost right token', () => line(token.slice(0, -2))],
    ['a path outside', () => line(token, { type: 'file_changed', path: '/etc/passwd' })],
    ['a path that climbs', () => line(token, { type: 'file_changed', path: '/proc/self/../../etc/passwd' })],
    ['a relative path', () => line(token, { type: 'file_changed', path: '../../x' })],
    ['random bytes', n => Buffer.from(Array.from({ length: 200 }, (_, at) => (n * 31 + at * 17) & 0xff))],
  ];
}

/** A process of its own, as a hostile one would be: each connection says a part of a line and is replaced when it is cut. A dot for each. */
const SLOW_CLIENTS = `
const [path, count] = process.argv.slice(1);
const one = () => {
  const socket = require('node:net').connect(path, () => { socket.write('{"tok'); process.stdout.write('.'); });
  socket.on('error', () => {}).on('data', () => {}).on('close', () => setTimeout(one, 200));
};
for (let each = 0; each < Number(count); each++) one();
process.stdin.on('end', () => process.exit()).resume();`;

/** Another process, that means well: says the line for each line it gets, prints the answer and how long it took. */
const GOOD_CLIENT = `
const [path, line] = process.argv.slice(1);
process.stdin.on('data', () => {
  const since = performance.now();
  const socket = require('node:net').connect(path, () => socket.write(line));
  let said = '';
  socket.on('error', () => {}).on('data', piece => { said += piece; if (said.includes('\\n')) socket.destroy(); });
  socket.on('close', () => console.log(JSON.stringify({ answer: said ? JSON.parse(said).answer : 'none', ms: performance.now() - since })));
}).on('end', () => process.exit());`;

test('a wake on the socket → the process of its turn has started', { timeout: 300_000 }, async () => {
  // Of an agent each, because identical wakes within ten seconds are one. Each has worked before, as one that waits for a signal has.
  using bench = benchRoot(WARM + WAKES);
  const runner = await startUntil(process.execPath, [cli, 'start'], bench.env, 'watching');
  const isOver = async (agent: string, turn: number): Promise<void> => {
    while (!existsSync(turnLayout(agentLayout(bench.root, agent).turns, turn).closed)) await pause(5);
  };
  const times: number[] = [];
  const byMessage: number[] = [];
  for (let each = 0; each < WARM + WAKES; each++) {
    const agent = `a${each}`;
    await deliverTo(bench, agent);
    await isOver(agent, 1);
    await pause(50);
    const { socket, token } = wakeLayout(bench.root, agent);
    const bytes = line(readFileSync(token, 'utf8').trim());
    const client = connect(socket);
    await new Promise(resolve => client.once('connect', resolve));
    const started = bench.nextStart();
    const since = performance.now();
    client.write(bytes);
    const took = (await started) - since;
    if (each >= WARM) times.push(took);
    client.destroy();
    await isOver(agent, 2);
    await pause(50);
    const again = bench.nextStart();
    await deliverTo(bench, agent);
    const from = performance.now();
    if (each >= WARM) byMessage.push((await again) - from);
    await isOver(agent, 3);
  }
  await end(runner);
  report('wake on the socket → turn’s process started', figure(times));
  report('a message delivered → turn’s process started, the same agents', figure(byMessage));
});

test('10,000 bad inputs of 20 kinds with 200 slow connections: none taken, nothing crashes, good wakes are heard', async () => {
  await using house = await agentFixture();
  const agent = await house.agent('target', { front: { resident: false } });
  writeFileSync(join(house.root, 'pause'), '');
  const runner = house.start();
  await runner.says(/watching/);
  const { socket, token: tokenPath, log } = wakeLayout(house.root, 'target');
  await house.until('the socket', () => existsSync(socket));
  const token = readFileSync(tokenPath, 'utf8').trim();
  const rssKb = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${runner.pid}/status`, 'utf8'))![1]);
  const kinds = badInputs(token);
  const taken: unknown[] = [];
  const good: number[] = [];

  const slow = spawn(process.execPath, ['-e', SLOW_CLIENTS, socket, String(SLOW)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let slowCount = 0;
  slow.stdout.on('data', (piece: Buffer) => {
    slowCount += piece.length;
  });
  await house.until('the slow ones', () => slowCount >= SLOW);
  const bad = async (n: number): Promise<void> => {
    const [, bytes] = kinds[n % kinds.length]!;
    const answer = await say(socket, bytes(n));
    if (answer && answer.answer !== 'refused') taken.push([kinds[n % kinds.length]![0], answer]);
  };
  const honest = spawn(process.execPath, ['-e', GOOD_CLIENT, socket, line(token)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface(honest.stdout)[Symbol.asyncIterator]();
  const sayGood = async (): Promise<{ answer: string; ms: number }> => {
    honest.stdin.write('\n');
    return JSON.parse((await answers.next()).value ?? '{}');
  };
  await Promise.all(Array.from({ length: 2_000 }, (_, n) => bad(n)));
  const before = rssKb();
  const since = performance.now();
  for (let n = 0; n < BAD; n += AT_ONCE) {
    const batch = Array.from({ length: AT_ONCE }, (_, each) => bad(n + each));
    const { answer, ms } = await sayGood();
    good.push(ms);
    expect(['accepted', 'coalesced', 'duplicate']).toContain(answer);
    await Promise.all(batch);
  }
  const seconds = (performance.now() - since) / 1000;
  const grownMb = (rssKb() - before) / 1024;
  slow.kill('SIGKILL');
  honest.kill('SIGKILL');
  report(`good wake among ${BAD} bad ones and ${SLOW} slow connections`, figure(good));
  report(
    `${BAD} bad inputs of ${kinds.length} kinds in ${seconds.toFixed(1)} s, ${slowCount} slow connections in all`,
    `RSS ${(before / 1024).toFixed(0)} MB, grown ${grownMb.toFixed(1)} MB`,
  );
  expect(taken).toEqual([]);
  expect(readdirSync(agent.layout.signals)).toHaveLength(1);
  expect(statSync(log).size).toBeGreaterThan(0);
  expect(runner.stderr()).not.toMatch(/Error|error/);
  expect((await house.command('status', 'target', '--json')).code).toBeLessThan(2);
});
