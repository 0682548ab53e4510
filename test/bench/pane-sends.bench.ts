/**
 * Into the pane of the real claude, from a terminal of a person: how long a proven `send` takes, and how long after the end of a turn
 * `ask` has its answer and `wait` is done.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { buildForFile, hookedClaude } from '#test/support/interactive-claude.ts';
import { cli, percentile, report } from './fleet.ts';

const built = buildForFile();
const SAMPLES = Number(process.env.AGENT_RUNNER_BENCH_SAMPLES ?? 40);

test('send, ask and wait in a pane', { timeout: 600_000 }, async () => {
  await using hooked = await hookedClaude(built.dist);
  hooked.tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'anchor', 'sleep 3600');
  const terminal = await hooked.terminal();
  const { peer } = await terminal.session();
  const home = hooked.place.home;
  const registry = join(home, '.claude', 'sessions', `${peer.process!.pid}.json`);
  const run = `${process.execPath} ${join(process.cwd(), cli)}`;
  const there = `${terminal.pane} --socket ${hooked.tmuxSocket}`;
  // A person's shell has no claude above it. Each line: when it began, when it ended, when claude says that its turn ended (ms).
  const timed = (name: string, before: string, command: string) =>
    `${before}
b=$(date +%s%3N); ${command} > ${name}.out 2>&1 || echo "${name} failed" >> failed; e=$(date +%s%3N)
${run} wait ${there} > wait.out 2>&1
echo "$b $e $(sed 's/.*"statusUpdatedAt":\\([0-9]*\\).*/\\1/' ${registry})" >> ${name}.times
`;
  const script = Array.from({ length: SAMPLES }, (_, at) =>
    [
      `b=$(date +%s%3N); ${process.execPath} -e 0; echo "$b $(date +%s%3N)" >> node.times\n`,
      timed('send', '', `${run} send ${there} --via tmux 'n${at} @@SAY ok@@'`),
      timed('ask', '', `${run} ask ${there} --via tmux 'q${at} @@DELAY 1500@@ @@SAY ok@@'`),
      timed(
        'wait',
        `${run} send ${there} --via tmux 'w${at} @@DELAY 1500@@ @@SAY ok@@' > w.out 2>&1`,
        `${run} wait ${there}`,
      ),
    ].join(''),
  ).join('');
  writeFileSync(join(home, 'lines.sh'), `cd ${home}\n${script}touch over\n`);
  const env = { HOME: home, PATH: process.env.PATH!, TERM: 'xterm', AGENT_RUNNER_HOME: hooked.root };
  const socket = join(home, 'of-a-person');
  const tmux = (...args: string[]) => execFileSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], { env });
  tmux('new-session', '-d', '-s', 'person', `sh ${join(home, 'lines.sh')}; sleep 600`);
  const read = (name: string) => {
    try {
      return readFileSync(join(home, name), 'utf8');
    } catch {
      return null;
    }
  };
  try {
    while (read('over') === null) await new Promise(resolve => setTimeout(resolve, 200));
  } finally {
    tmux('kill-server');
  }
  if (read('failed')) throw new Error(`${read('failed')}\n${read('send.out')}${read('ask.out')}${read('wait.out')}`);
  const times = (name: string) =>
    read(`${name}.times`)!
      .trim()
      .split('\n')
      .map(line => line.split(' ').map(Number));
  const figures = (name: string, found: number[]) =>
    report(name, `p50 ${percentile(found, 0.5).toFixed(0)} ms, p95 ${percentile(found, 0.95).toFixed(0)} ms`);
  figures(
    'node -e 0',
    times('node').map(([b = 0, e = 0]) => e - b),
  );
  figures(
    'send --via tmux, the whole command, proven',
    times('send').map(([b = 0, e = 0]) => e - b),
  );
  figures(
    'ask --via tmux: from the end of the turn to its own',
    times('ask').map(([, e = 0, ended = 0]) => e - ended),
  );
  figures(
    'wait: from the end of the turn to its own',
    times('wait').map(([, e = 0, ended = 0]) => e - ended),
  );
});
