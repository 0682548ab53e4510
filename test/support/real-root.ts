/**
 * A root with agents and the fake claude in a sealed place, real runners that can be killed and meet real faults (mounts, limits,
 * strace), and the evidence afterwards: invariants.ts judges it. Every process in it has the place's HOME, so that none can be
 * overlooked. Linux.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll } from 'vitest';
import { deliver, makeInbox } from '#blackboard/inbox/deliver.ts';
import { type Outcome, readOutcome } from '#blackboard/inbox/outcome.ts';
import {
  type AgentLayout,
  agentLayout,
  inboxLayout,
  rootLayout,
  type TurnLayout,
  turnLayout,
} from '#blackboard/layout.ts';
import { makeRoot } from '#blackboard/root.ts';
import type { Files } from '#blackboard/system/files.ts';
import { newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { identifySync, isAliveSync, type ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';
import { isClosed, readChild } from '#blackboard/turns/turns.ts';
import { trapsVariable, writeCrashLaunchers } from './crash-launcher.ts';
import type { RunnerOrders } from './crash-runner.ts';
import type { LedgerLine, Sent } from './evidence.ts';
import { checkCrashes, type Violation } from './invariants.ts';
import { fakeClaudePath, type Sealed, sealed } from './isolated-claude.ts';
import { until } from './until.ts';
import { watchedClaude } from './watched-claude.ts';

export interface RealRunner {
  pid: number;
  stderr(): string;
  isAlive(): boolean;
  /** Waits until it has said so; `from`: only what came after so many characters. */
  says(wanted: RegExp, from?: number): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  /** How it ended. */
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export interface RealRootOptions {
  agents: readonly string[];
  /** FAKE_CLAUDE_LATENCY_MS and FAKE_CLAUDE_FLUSH_MS. */
  latencyMs?: string;
  flushMs?: string;
  /** Keys of agent.md beside the limits that a storm of turns needs. */
  front?: (name: string) => string[];
  /** Launchers look for traps. */
  hasTraps?: boolean;
  /** The real claude, which writes its transcript when it likes. */
  isReal?: boolean;
  /** Called with the root's path, an empty directory; what it returns is called at the end, when nothing runs any more. */
  mount?: (root: string) => () => void;
}

export interface StartOptions {
  orders?: Partial<RunnerOrders>;
  /** A command that runs the runner: ['strace', …]. */
  under?: readonly string[];
  env?: Record<string, string>;
}

export interface RealRoot extends AsyncDisposable {
  /** Everything else of this place: HOME, ledger. */
  home: string;
  root: string;
  files: Files;
  agents: readonly string[];
  layout(agent: string): AgentLayout;
  /** In place of the real one. */
  launcherWithoutLink: string;
  /** The directory of traps (crash-launcher.ts). */
  traps: string;
  /** What was handed over; producers add to it. */
  sent: Sent[];
  /** Delivers a message from the operator, with its id as the marker of its body. */
  send(agent: string): Promise<string>;
  outcome(agent: string, id: string): Promise<Outcome | null>;
  /** Starts a runner; any that lives loses its locks, as if they had gone stale. */
  start(options?: StartOptions): RealRunner;
  living(): RealRunner[];
  /** What ended the runner that ended last; null: nothing but itself. */
  lastSignal(): NodeJS.Signals | null;
  ledger(): LedgerLine[];
  /** The live child of the agent's open turn. */
  child(agent: string): Promise<{ turn: TurnLayout; identity: ProcessIdentity } | null>;
  /** SIGKILL, noted down. */
  kill(pid: number): void;
  /** Notes down that a process was killed by something else than the test (strace). */
  killed(pid: number, at: number): void;
  /**
   * Ends what runs, then runs `--once` until nothing is left to do; throws when that does not come to an end. What producers
   * left in tmp counts as old.
   */
  drain(orders?: Partial<RunnerOrders>): Promise<void>;
  check(): Promise<Violation[]>;
  /** `agent-runner <args>` of this source, as another process. */
  command(...args: string[]): { code: number; stdout: string };
  /** What the runners said. */
  log(): string;
}

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Once for all roots of a test file. */
let bundled: Promise<string> | null = null;
afterAll(async () => {
  if (bundled) rmSync(await bundled, { recursive: true });
});

export async function realRoot(options: RealRootOptions): Promise<RealRoot> {
  bundled ??= bundle();
  const dist = join(await bundled, 'dist');
  const place = await sealed();
  const root = join(place.root, 'root');
  const traps = join(place.root, 'traps');
  const ledgerPath = join(place.root, 'ledger');
  const files = createRunnerFiles();
  mkdirSync(traps);
  mkdirSync(root, { mode: 0o700 });
  const unmount = options.mount?.(root) ?? (() => {});
  writeFileSync(ledgerPath, '');
  await makeRoot(files, root, true);
  const real = options.isReal ? await watchedClaude(place.root, ledgerPath, options.latencyMs ?? '0') : null;
  writeFileSync(
    join(root, 'config.yaml'),
    `claude: ${real?.executable ?? fakeClaudePath()}\nmaxConcurrentTurns: 3\nperDayUsd: 1000000\nstopGraceSeconds: 0.5\n`,
  );
  const layout = (agent: string) => agentLayout(root, agent);
  for (const name of options.agents) await makeAgent(files, layout(name), place.cwd, options.front?.(name) ?? []);
  const launchers = writeCrashLaunchers(place.root);
  const launcherPath = options.hasTraps ? launchers.trapped : source('../../runner/claude/launch.sh');
  const env = {
    ...place.env,
    FAKE_CLAUDE_OFFLINE: '1',
    FAKE_CLAUDE_LATENCY_MS: options.latencyMs ?? '0',
    FAKE_CLAUDE_FLUSH_MS: options.flushMs ?? '0',
    FAKE_CLAUDE_LEDGER: ledgerPath,
    [trapsVariable]: traps,
    ...real?.env,
  };
  const runners: RealRunner[] = [];
  const kills: { pid: number; at: number }[] = [];
  const sent: Sent[] = [];
  let lastSignal: NodeJS.Signals | null = null;
  const living = () => runners.filter(runner => runner.isAlive());
  const log = () => runners.map(runner => runner.stderr()).join('');

  function start({ orders = {}, under = [], env: more = {} }: StartOptions = {}): RealRunner {
    if (living().length > 0)
      for (const name of options.agents) {
        rmSync(layout(name).lock, { recursive: true, force: true });
        rmSync(layout(name).runner, { force: true });
      }
    const all: RunnerOrders = { root, once: false, launcherPath, ...orders };
    const [command, ...args] = [...under, process.execPath, join(dist, 'crash-runner.mjs'), JSON.stringify(all)];
    const child = spawn(command!, args, {
      cwd: place.cwd,
      env: { ...env, ...more },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    child.stdin!.on('error', () => {});
    const runner = asRunner(child);
    runners.push(runner);
    void runner.exited.then(({ signal }) => {
      lastSignal = signal;
    });
    return runner;
  }

  async function end(): Promise<void> {
    for (const runner of living()) runner.signal('SIGKILL');
    await Promise.all(runners.map(({ exited }) => exited));
  }

  async function isNothingNew(): Promise<boolean> {
    for (const name of options.agents) {
      const { inbox, turns } = layout(name);
      if ((await files.list(inbox.cur)).length > 0) return false;
      if ((await files.list(inbox.tmp)).some(entry => entry.startsWith('drop-'))) return false;
      const last = await latestTurn(files, turns);
      if (last > 0 && !(await isClosed(files, turnLayout(turns, last)))) return false;
    }
    return true;
  }

  const waiting = () => options.agents.flatMap(name => readdirSync(layout(name).inbox.new)).sort();

  async function drain(orders: Partial<RunnerOrders> = {}): Promise<void> {
    for (const entry of readdirSync(traps)) if (!entry.startsWith('taken-')) rmSync(join(traps, entry));
    await end();
    for (const pid of pausedLaunchers(traps)) signalQuietly(pid, 'SIGCONT');
    for (const inbox of [inboxLayout(rootLayout(root).operator), ...options.agents.map(name => layout(name).inbox)])
      age(inbox.tmp);
    // Answers that agents got may start turns in agents that were drained before.
    for (let round = 0; round < 10; round++) {
      // A fault that claude met at its start, twice, is no reason to wait for a minute: somebody resumes it.
      for (const name of options.agents) rmSync(layout(name).parked, { force: true });
      const before = waiting();
      const { code } = await start({ orders: { ...orders, once: true } }).exited;
      const after = waiting();
      if (code === 0 && (await isNothingNew()) && after.join() === before.join()) return;
    }
    throw new Error(`10 rounds of --once have not drained ${root}: ${waiting()}\n${log().slice(-4000)}`);
  }

  return {
    home: place.root,
    root,
    files,
    agents: options.agents,
    layout,
    launcherWithoutLink: launchers.withoutLink,
    traps,
    sent,
    async send(agent) {
      const id = newId(Date.now());
      const message: Sent = { to: agent, from: 'operator', kind: 'request', marker: `m-${id}`, id, isAccepted: false };
      sent.push(message);
      const head = { id, from: 'operator', kind: 'request' as const, trace: id, hops: 0, at: new Date().toISOString() };
      await deliver(files, layout(agent).inbox, { ...head, body: `work on m-${id}` });
      message.isAccepted = true;
      return id;
    },
    outcome: (agent, id) => readOutcome(files, layout(agent).inbox, id),
    start,
    living,
    lastSignal: () => lastSignal,
    drain,
    ledger: () => readLedger(ledgerPath),
    log,
    async child(agent) {
      const { turns } = layout(agent);
      const last = await latestTurn(files, turns);
      if (last === 0) return null;
      const turn = turnLayout(turns, last);
      const state = await readChild(files, turn);
      return state.kind === 'started' && isAliveSync(state.identity) ? { turn, identity: state.identity } : null;
    },
    kill(pid) {
      kills.push({ pid, at: Date.now() });
      signalQuietly(pid, 'SIGKILL');
    },
    killed: (pid, at) => void kills.push({ pid, at }),
    async check() {
      // What ends with its runner does so a moment after it: the launcher that waits for the next turn.
      await until('all to have ended', () => processesOf(place).length === 0, { ms: SURVIVES_MS }).catch(() => {});
      return checkCrashes({
        files,
        root,
        agents: options.agents,
        sent,
        kills,
        ledger: readLedger(ledgerPath),
        transcripts: readTranscripts(join(place.home, '.claude', 'projects')),
        survivors: processesOf(place).map(
          pid => `pid ${pid}: ${readQuietly(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').slice(0, 200)}`,
        ),
      });
    },
    command(...args) {
      try {
        const stdout = execFileSync(process.execPath, [join(dist, 'cli.mjs'), '--root', root, ...args], {
          env,
          encoding: 'utf8',
          stdio: 'pipe',
        });
        return { code: 0, stdout };
      } catch (error) {
        const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
        return { code: status, stdout: `${stdout}${stderr}` };
      }
    },
    async [Symbol.asyncDispose]() {
      await end();
      // A file system can only be unmounted when nobody works in it: the place's claudes are ended first.
      for (const pid of processesOf(place)) signalQuietly(pid, 'SIGKILL');
      await until('the processes of this place to end', () => processesOf(place).length === 0);
      if (process.env.AGENT_RUNNER_KEEP) {
        writeFileSync(join(place.root, 'runners.log'), log());
        cpSync(place.root, process.env.AGENT_RUNNER_KEEP, { recursive: true });
        console.log(`kept in ${process.env.AGENT_RUNNER_KEEP}`);
      }
      unmount();
      await real?.close();
      await place[Symbol.asyncDispose]();
    },
  };
}

/** Launchers that a trap has stopped and that are stopped still. */
function pausedLaunchers(traps: string): number[] {
  return readdirSync(traps)
    .filter(entry => entry.startsWith('taken-'))
    .map(entry => Number(entry.slice('taken-'.length)))
    .filter(pid => /\nState:\s+T/.test(readQuietly(`/proc/${pid}/status`)));
}

function age(directory: string): void {
  const old = new Date(Date.now() - limits.unplacedRestMs - 1_000);
  for (const name of readdirSync(directory)) utimesSync(join(directory, name), old, old);
}

function asRunner(child: ChildProcess): RealRunner {
  const pid = child.pid!;
  const identity = identifySync(pid);
  let said = '';
  let isOver = false;
  child.once('exit', () => {
    isOver = true;
  });
  child.stderr!.setEncoding('utf8').on('data', (piece: string) => {
    said += piece;
  });
  return {
    pid,
    stderr: () => said,
    isAlive: () => !isOver && identity !== null && isAliveSync(identity),
    says: (wanted, from = 0) =>
      until(`the runner to say ${wanted}`, () => wanted.exec(said.slice(from)), { about: () => said }),
    signal: name => void child.kill(name),
    exited: new Promise(resolve => child.once('close', (code, signal) => resolve({ code, signal }))),
  };
}

async function makeAgent(files: Files, layout: AgentLayout, cwd: string, front: readonly string[]): Promise<void> {
  await files.makeDirectory(layout.home);
  await files.makeDirectory(layout.turns);
  await makeInbox(files, layout.inbox);
  const lines = [
    `cwd: ${cwd}`,
    'maxAttempts: 20',
    'maxTurnsPerHour: 1000000',
    'budget: { perTurnUsd: 2, perMessageUsd: 1000000, perDayUsd: 1000000 }',
    ...front,
  ];
  writeFileSync(layout.definition, `---\n${lines.join('\n')}\n---\nYou are ${layout.name}.\n`);
}

/** Node 20 runs no TypeScript: the runner of these tests, and the command, are bundled, as the product is. */
async function bundle(): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'real-root-'));
  await build({
    entryPoints: { 'crash-runner': source('./crash-runner.ts'), cli: source('../../runner/cli/main.ts') },
    outdir: join(home, 'dist'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    logLevel: 'warning',
  });
  cpSync(source('../../package.json'), join(home, 'package.json'));
  return home;
}

const readLedger = (path: string): LedgerLine[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as LedgerLine);

function readTranscripts(projects: string): Map<string, string> {
  const found = new Map<string, string>();
  if (!existsSync(projects)) return found;
  for (const folder of readdirSync(projects))
    for (const name of readdirSync(join(projects, folder)))
      if (name.endsWith('.jsonl'))
        found.set(name.slice(0, -'.jsonl'.length), readFileSync(join(projects, folder, name), 'utf8'));
  return found;
}

/** Everything that runs with the place's HOME, zombies left out. */
/** Milliseconds after which a process that is still there is one that nobody ends. */
const SURVIVES_MS = 10_000;

function processesOf({ home }: Sealed): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter(pid => readQuietly(`/proc/${pid}/environ`).split('\0').includes(`HOME=${home}`))
    .map(Number);
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

export function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}
