// Figures of waking an idle session of the real claude, printed: a line on our socket → its request reaches the model; against keys by
// tmux, and against a program that looks every second, in the same run.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { rootLayout, wakeLayout } from '#blackboard/layout.ts';
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
async function measure(hooked: Hooked, terminal: Terminal, start: (n: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < TURNS; n++) {
    await hooked.until('it to be idle', async () => (await terminal.session()).state === 'idle');
    await new Promise(resolve => setTimeout(resolve, 300));
    const { peer } = await terminal.session();
    const before = hooked.bodies(peer.id).length;
    const since = performance.now();
    await start(n);
    times.push((await asked(hooked, peer.id, before)) - since);
  }
  return times;
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
  const socketOf = peer.tmux!.socket;
  const tmux = (...words: string[]) => promisify(execFile)('tmux', ['-S', socketOf, ...words]);
  const keys = await measure(hooked, terminal, async () => {
    await tmux('send-keys', '-t', peer.tmux!.pane, '-l', 'a signal came');
    await tmux('send-keys', '-t', peer.tmux!.pane, 'Enter');
  });
  // What somebody does who has no socket: looks for a file once a second, and then types.
  const flag = join(hooked.place.root, 'flag');
  let isOver = false;
  const poller = (async () => {
    while (!isOver) {
      await new Promise(resolve => setTimeout(resolve, 1_000));
      if (!readdirSync(hooked.place.root).includes('flag')) continue;
      rmSync(flag);
      await tmux('send-keys', '-t', peer.tmux!.pane, '-l', 'a signal came');
      await tmux('send-keys', '-t', peer.tmux!.pane, 'Enter');
    }
  })();
  const polled = await measure(hooked, terminal, async n => {
    // Not in step with the poll.
    await new Promise(resolve => setTimeout(resolve, (n * 137) % 1_000));
    writeFileSync(flag, '');
  });
  isOver = true;
  await poller;
  rmSync(registryOf(hooked, peer.process!.pid));
  const watched = await measure(hooked, terminal, n => signal(100 + n)).catch(() => []);
  report('signal → request of an idle session, by its inbox', figure(ours));
  report('the same by tmux send-keys (a draft would be sent along)', figure(keys));
  report('the same by a look every second and send-keys', figure(polled));
  if (watched.length > 0) report('the same by the watched file, without an inbox', figure(watched));
  expect(readdirSync(layoutOf(hooked, peer.id).signals)).toEqual([]);
});

const registryOf = (hooked: Hooked, pid: number) => join(hooked.place.home, '.claude', 'sessions', `${pid}.json`);
