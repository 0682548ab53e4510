/** Sets up what the benches measure: a root with many agents, the built runner, and a `claude` that only says it started. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deliver, makeInbox } from '#blackboard/inbox/deliver.ts';
import { agentLayout } from '#blackboard/layout.ts';
import { encodeMessage } from '#blackboard/messages/message-encode.ts';
import { newId } from '#blackboard/system/ids.ts';
import { isAliveSync } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { parseChild } from '#blackboard/turns/turns.ts';

export interface BenchRoot extends Disposable {
  base: string;
  root: string;
  env: Record<string, string>;
  /** Resolves with the next start of the stub claude, as performance.now() of this process. */
  nextStart(): Promise<number>;
  /** From here on the stub never ends by itself; `fast` has it answer at once again. */
  slow(): void;
  fast(): void;
}

/** The built command. AGENT_RUNNER_TEST_CLI names another build. */
export const cli = process.env.AGENT_RUNNER_TEST_CLI ?? 'dist/cli.js';

const RESULT = JSON.stringify({
  type: 'result',
  subtype: 'success',
  is_error: false,
  num_turns: 1,
  result: 'ok',
  session_id: 'x',
  total_cost_usd: 0.000001,
  terminal_reason: 'completed',
});

/** Their turns are starts of a process. A build from before residents starts one anyway, and does not know the key. */
const oneShot = (builds: readonly string[]): string =>
  builds.every(build => existsSync(join(dirname(build), '..', 'docs', 'agent-md.md'))) ? 'resident: false\n' : '';

const beside = process.env.AGENT_RUNNER_BENCH_BESIDE;

/** A root with `agents` agents a0, a1, …, on which these builds run. */
export function benchRoot(agents: number, builds = beside === undefined ? [cli] : [cli, beside]): BenchRoot {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'agent-runner-bench-')));
  const root = join(base, 'root');
  const started = join(base, 'started');
  const bin = join(base, 'bin');
  for (const directory of [started, bin, join(base, 'home'), join(base, 'work')]) mkdirSync(directory, { mode: 0o700 });
  writeFileSync(
    join(bin, 'claude'),
    `#!/bin/sh\n[ "$1" = --version ] && exec echo '2.1.332 (Claude Code)'\n: > "${started}/$$"\nexec >&1\nread -r line\n[ -e "${base}/slow" ] && exec sleep 3600\nprintf '%s\\n' '${RESULT}'\n`,
  );
  chmodSync(join(bin, 'claude'), 0o755);
  const env = { HOME: join(base, 'home'), PATH: `${bin}:${process.env.PATH}`, AGENT_RUNNER_HOME: root };
  for (const directory of ['', 'agents', 'operator', 'costs', 'runners'])
    mkdirSync(join(root, directory), { recursive: true, mode: 0o700 });
  for (let index = 0; index < agents; index++) {
    mkdirSync(join(root, 'agents', `a${index}`), { mode: 0o700 });
    writeFileSync(
      join(root, 'agents', `a${index}`, 'agent.md'),
      `---\ncwd: ${join(base, 'work')}\nmaxTurnsPerHour: 1000000\nbudget: {perDayUsd: 1000}\n${oneShot(builds)}---\n`,
      { mode: 0o600 },
    );
  }
  // What the bench before this one removed, and this one has made, is on disk: fsyncs would wait for it.
  execFileSync('sync');
  const waiting: ((at: number) => void)[] = [];
  const watcher = watch(started, () => waiting.shift()?.(performance.now()));
  return {
    base,
    root,
    env,
    nextStart: () => new Promise(resolve => waiting.push(resolve)),
    slow: () => writeFileSync(join(base, 'slow'), ''),
    fast: () => rmSync(join(base, 'slow'), { force: true }),
    [Symbol.dispose]() {
      watcher.close();
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** Starts a command and resolves when its stderr or stdout says `sign`. */
export async function startUntil(
  command: string,
  args: string[],
  env: Record<string, string>,
  sign: string,
  { untilEnd = false } = {},
): Promise<ChildProcess> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer) => {
      said += chunk;
      if (!untilEnd && said.includes(sign)) resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', code => (untilEnd ? resolve() : reject(new Error(`${command} ended with ${code}: ${said}`))));
  });
  return child;
}

const disk = createRunnerFiles();

/** Delivers a message to an agent. `fast`: as if it had been sent long ago, with nothing fsynced. */
export async function deliverTo({ root }: BenchRoot, agent: string, { fast = false } = {}): Promise<void> {
  const id = newId(Date.now());
  const at = new Date().toISOString();
  const message = { id, from: 'operator', kind: 'request' as const, at, trace: id, hops: 0, body: 'hello' };
  const { inbox } = agentLayout(root, agent);
  if (!existsSync(inbox.new)) await makeInbox(disk, inbox);
  if (!fast) return void (await deliver(disk, inbox, message, { once: true }));
  const path = join(inbox.ids, id);
  writeFileSync(path, encodeMessage(message));
  linkSync(path, join(inbox.new, `${Date.now()}-${id}`));
}

/** Ends the child of the agent's newest turn, if it lives. */
export function killChildren(home: string): void {
  const turn = readdirSync(join(home, 'turns')).sort().at(-1);
  const child = turn ? join(home, 'turns', turn, 'child') : '';
  if (!existsSync(child)) return;
  const { identity } = parseChild(readFileSync(child, 'utf8'));
  if (isAliveSync(identity)) process.kill(identity.pid, 'SIGKILL');
}

/** Ends a process and its group. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  const gone = new Promise(resolve => child.once('exit', resolve));
  process.kill(-child.pid!, signal);
  await gone;
}

export const percentile = (values: readonly number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))]!;

/** RSS (MB) and CPU time (ms) of a process. Linux. */
export function usageOf(pid: number): { rssMb: number; cpuMs: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return { rssMb: Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024, cpuMs: (Number(stat[11]) + Number(stat[12])) * 10 };
}

/** Prints a row of BENCHMARKS.md. */
export const report = (what: string, figure: string): void =>
  void process.stdout.write(`BENCH | ${what} | ${figure} |\n`);
