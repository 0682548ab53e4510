// Figures of waking an idle session of the real claude, printed: a line on our socket → its request reaches the model; against keys by
// tmux, and against a program that looks every second, in the same run. And `send`, as a whole command, to a session with the
// plugin's mod; what that mod costs while nothing happens.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { rootLayout, wakeLayout } from '#blackboard/layout.ts';
import { descendantsOf } from '#blackboard/system/descendants.ts';
import { limits } from '#blackboard/system/limits.ts';
import { line, say } from '#test/contract/wake-served.ts';
import { buildForFile, type Hooked, hookedClaude, layoutOf, type Terminal } from '#test/support/interactive-claude.ts';
import { realClaudePath } from '#test/support/isolated-claude.ts';
import { percentile, report } from './fleet.ts';

const TURNS = Number(process.env.AGENT_RUNNER_BENCH_TURNS ?? 15);
const build = buildForFile();

const figure = (values: readonly number[]): string =>
  `p50 ${percentile(values, 0.5).toFixed(0)} ms, p95 ${percentile(values, 0.95).toFixed(0)} ms (n ${values.length})`;

/** Waits, in steps of a millisecond, until the session has asked the model once more; the instant. */
async function asked(hooked: Hooked, id: string, before: number): Promise<number> {
  for (const untilMs = performance.now() + 30_000; performance.now() < untilMs; ) {
    if (hooked.bodies(id).length > before) return performance.now();
    await new Promise(resolve => setTimeout(resolve, 1));
  }
  throw new Error('the session asked nothing');
}

/** One after the other; between them the session comes to rest. */
async function measure(
  hooked: Hooked,
  terminal: Terminal,
  start: (n: number) => unknown,
  restMs = 300,
): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < TURNS; n++) {
    await hooked.until('it to be idle', async () => (await terminal.session()).state === 'idle');
    await new Promise(resolve => setTimeout(resolve, restMs));
    const { peer } = await terminal.session();
    const before = hooked.bodies(peer.id).length;
    const since = performance.now();
    await start(n);
    times.push((await asked(hooked, peer.id, before)) - since);
  }
  return times;
}

const tmuxOf =
  (socket: string) =>
  (...words: string[]) =>
    promisify(execFile)('tmux', ['-S', socket, ...words]);

/** What somebody does who has no socket: looks for a file once a second, and then types. */
async function measurePoll(hooked: Hooked, terminal: Terminal): Promise<number[]> {
  const { socket, pane } = (await terminal.session()).peer.tmux!;
  const tmux = tmuxOf(socket);
  const flag = join(hooked.place.root, 'flag');
  let isOver = false;
  const poller = (async () => {
    while (!isOver) {
      await new Promise(resolve => setTimeout(resolve, 1_000));
      if (!readdirSync(hooked.place.root).includes('flag')) continue;
      rmSync(flag);
      await tmux('send-keys', '-t', pane, '-l', 'a signal came');
      await tmux('send-keys', '-t', pane, 'Enter');
    }
  })();
  const polled = await measure(hooked, terminal, async n => {
    // Not in step with the poll.
    await new Promise(resolve => setTimeout(resolve, (n * 137) % 1_000));
    writeFileSync(flag, '');
  });
  isOver = true;
  await poller;
  return polled;
}

test('an idle session, from the signal to the request that reaches the model', async () => {
  await using hooked = await hookedClaude(build.dist);
  const terminal = await hooked.terminal();
  writeFileSync(rootLayout(hooked.root).config, `claude: ${realClaudePath()}\n`);
  hooked.start(['start']);
  const { peer } = await terminal.session();
  const { socket, token } = wakeLayout(hooked.root, peer.id);
  await hooked.until('its socket', () => existsSync(token));
  const said = readFileSync(token, 'utf8').trim();
  // Another file each time: identical signals within ten seconds are one. No more than thirty a minute.
  const signal = async (n: number) => {
    const path = join(hooked.place.cwd, `f${n}`);
    writeFileSync(path, '');
    expect((await say(socket, line(said, { type: 'file_changed', path })))?.answer).toBe('accepted');
  };
  const ours = await measure(hooked, terminal, signal);
  const tmux = tmuxOf(peer.tmux!.socket);
  const keys = await measure(hooked, terminal, async () => {
    await tmux('send-keys', '-t', peer.tmux!.pane, '-l', 'a signal came');
    await tmux('send-keys', '-t', peer.tmux!.pane, 'Enter');
  });
  const polled = await measurePoll(hooked, terminal);
  rmSync(registryOf(hooked, peer.process!.pid));
  const watched = await measure(hooked, terminal, n => signal(100 + n)).catch(() => []);
  report('signal → request of an idle session, by its inbox', figure(ours));
  report('the same by tmux send-keys (a draft would be sent along)', figure(keys));
  report('the same by a look every second and send-keys', figure(polled));
  if (watched.length > 0) report('the same by the watched file, without an inbox', figure(watched));
  expect(readdirSync(layoutOf(hooked, peer.id).signals)).toEqual([]);
});

const registryOf = (hooked: Hooked, pid: number) => join(hooked.place.home, '.claude', 'sessions', `${pid}.json`);

/** A message of the same kind within ten seconds would wait for their end. */
const SAME_MS = limits.signalSameMs + 500;

test('`send` to an idle session whose mod lives, from the start of the command to the request with the message', async () => {
  await using hooked = await hookedClaude(build.dist, { install: false });
  const terminal = await hooked.terminal(['--plugin-dir', join(build.dist, 'plugin')]);
  writeFileSync(rootLayout(hooked.root).config, `claude: ${realClaudePath()}\n`);
  hooked.start(['start']);
  const { peer } = await terminal.session();
  await hooked.until('its socket', () => existsSync(wakeLayout(hooked.root, peer.id).token));
  const { mod } = layoutOf(hooked, peer.id);
  await hooked.until('its mod', () => existsSync(mod.alive));
  const sends: Promise<unknown>[] = [];
  const sent = await measure(
    hooked,
    terminal,
    n => void sends.push(hooked.cli(['send', peer.name, `look ${n}`])),
    SAME_MS,
  );
  await Promise.all(sends);
  const polled = await measurePoll(hooked, terminal);
  expect(hooked.bodies(peer.id).at(TURNS - 1)).toContain(`look ${TURNS - 1}`);
  expect(readdirSync(mod.home).filter(name => name.startsWith('submitted,'))).toHaveLength(TURNS);
  report('send, the whole command → request of an idle session, by the mod', figure(sent));
  report('the same by a look every second and send-keys', figure(polled));
});

test('what the mod costs while nothing happens', async () => {
  await using hooked = await hookedClaude(build.dist, { install: false });
  const without = join(hooked.place.root, 'without');
  cpSync(join(build.dist, 'plugin'), without, { recursive: true });
  const path = join(without, 'hooks', 'hooks.json');
  const { modules: _, ...hooks } = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify(hooks));
  const pids: number[] = [];
  for (const plugin of [join(build.dist, 'plugin'), without])
    pids.push((await (await hooked.terminal(['--plugin-dir', plugin])).session()).peer.process!.pid);
  const [watcher] = (await descendantsOf(pids[0]!)).filter(({ pid }) => watches(pid));
  await new Promise(resolve => setTimeout(resolve, REST_MS));
  const before = [...pids, watcher!.pid].map(cpuSeconds);
  await new Promise(resolve => setTimeout(resolve, IDLE_MS));
  const used = [...pids, watcher!.pid].map((pid, at) => (100_000 * (cpuSeconds(pid) - before[at]!)) / IDLE_MS);
  const [withMod, alone, child] = used as [number, number, number];
  const share = (value: number) => `${value.toFixed(2)} %`;
  report('an idle claude with the mod, and without', `${share(withMod)}, ${share(alone)} of a core`);
  report('the child of the mod', share(child));
  report('the mod: both together', share(withMod - alone + child));
});

const REST_MS = 10_000;
const IDLE_MS = Number(process.env.AGENT_RUNNER_BENCH_IDLE_MS ?? 60_000);
const watches = (pid: number): boolean => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('watch.cjs');

/** User and system time of a process, in seconds: its ticks are hundredths. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
