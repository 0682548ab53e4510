/**
 * A root with agents and the fake claude in a sealed place, runners that can be killed, and the evidence afterwards.
 * Every process in it has the place's HOME, so that none can be overlooked.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  cpSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { type AgentLayout, agentLayout, type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import { makeRoot } from '#blackboard/root.ts';
import type { Files } from '#blackboard/system/files.ts';
import { identifySync, isAliveSync, type ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { isClosed, latestTurn, readChild } from '#blackboard/turns/turns.ts';
import { trapsVariable, writeCrashLaunchers } from './crash-launcher.ts';
import type { RunnerOrders } from './crash-runner.ts';
import type { LedgerLine, Sent } from './evidence.ts';
import type { Violation } from './invariants.ts';
import { checkCrashes } from './invariants.ts';
import { fakeClaudePath, type Sealed, sealed } from './isolated-claude.ts';

export interface CrashRunner {
  pid: number;
  isAlive(): boolean;
  signal(name: NodeJS.Signals): void;
  /** How it ended. */
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export interface CrashPlaceOptions {
  agents: readonly string[];
  /** FAKE_CLAUDE_LATENCY_MS and FAKE_CLAUDE_FLUSH_MS. */
  latencyMs: string;
  flushMs: string;
  /** Keys of agent.md beside the limits that a storm of turns needs. */
  front?: (name: string) => string[];
}

export interface CrashPlace extends AsyncDisposable {
  root: string;
  files: Files;
  agents: readonly string[];
  layout(agent: string): AgentLayout;
  launchers: { trapped: string; withoutLink: string };
  /** The directory of traps (crash-launcher.ts). */
  traps: string;
  /** What was handed over; producers add to it. */
  sent: Sent[];
  /** Starts a runner; any that lives loses its locks, as if they had gone stale. */
  start(orders?: Partial<RunnerOrders>, env?: Record<string, string>): CrashRunner;
  living(): CrashRunner[];
  /** What ended the runner that ended last; null: nothing but itself. */
  lastSignal(): NodeJS.Signals | null;
  ledger(): LedgerLine[];
  /** The live child of the agent's open turn. */
  child(agent: string): Promise<{ turn: TurnLayout; identity: ProcessIdentity } | null>;
  /** SIGKILL, noted down. */
  kill(pid: number): void;
  /** Ends what runs, then runs `--once` until nothing is left to do; throws when that does not come to an end. */
  drain(): Promise<void>;
  check(): Promise<Violation[]>;
  /** What the runners said. */
  log(): string;
}

export async function crashPlace(options: CrashPlaceOptions): Promise<CrashPlace> {
  const place = await sealed();
  const root = join(place.root, 'root');
  const traps = join(place.root, 'traps');
  const ledgerPath = join(place.root, 'ledger');
  const logPath = join(place.root, 'runners.log');
  const bundle = join(place.root, 'crash-runner.mjs');
  const files = createRunnerFiles();
  mkdirSync(traps);
  writeFileSync(ledgerPath, '');
  await bundleRunner(bundle);
  await makeRoot(files, root, false);
  writeFileSync(
    join(root, 'config.yaml'),
    `claude: ${fakeClaudePath()}\nmaxConcurrentTurns: 3\nperDayUsd: 1000000\nstopGraceSeconds: 0.5\n`,
  );
  for (const name of options.agents) await makeAgent(files, root, name, place.cwd, options.front?.(name) ?? []);
  const launchers = writeCrashLaunchers(place.root);
  const env = {
    ...place.env,
    FAKE_CLAUDE_OFFLINE: '1',
    FAKE_CLAUDE_LATENCY_MS: options.latencyMs,
    FAKE_CLAUDE_FLUSH_MS: options.flushMs,
    FAKE_CLAUDE_LEDGER: ledgerPath,
    [trapsVariable]: traps,
  };
  const log = createWriteStream(logPath);
  const runners = new Set<CrashRunner>();
  const kills: { pid: number; at: number }[] = [];
  const sent: Sent[] = [];
  const layout = (agent: string) => agentLayout(root, agent);

  function start(orders: Partial<RunnerOrders> = {}, more: Record<string, string> = {}): CrashRunner {
    if (living().length > 0)
      for (const name of options.agents) {
        rmSync(layout(name).lock, { recursive: true, force: true });
        rmSync(layout(name).runner, { force: true });
      }
    const all: RunnerOrders = { root, once: false, launcherPath: launchers.trapped, ...orders };
    const child = spawn(process.execPath, [bundle, JSON.stringify(all)], {
      cwd: place.cwd,
      env: { ...env, ...more },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    child.stdin!.on('error', () => {});
    child.stderr!.pipe(log, { end: false });
    const runner = asRunner(child);
    runners.add(runner);
    void runner.exited.then(({ signal }) => {
      runners.delete(runner);
      lastSignal = signal;
    });
    return runner;
  }

  let lastSignal: NodeJS.Signals | null = null;
  const living = () => [...runners].filter(runner => runner.isAlive());

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

  async function drain(): Promise<void> {
    for (const entry of readdirSync(traps)) if (!entry.startsWith('taken-')) rmSync(join(traps, entry));
    for (const runner of living()) runner.signal('SIGCONT');
    for (const runner of living()) runner.signal('SIGKILL');
    await Promise.all([...runners].map(({ exited }) => exited));
    for (const pid of pausedLaunchers(traps)) signalQuietly(pid, 'SIGCONT');
    // Answers that agents got may start turns in agents that were drained before.
    for (let round = 0; round < 10; round++) {
      const before = waiting();
      const { code } = await start({ once: true, launcherPath: launchers.trapped }).exited;
      const after = waiting();
      if (code === 0 && (await isNothingNew()) && after.join() === before.join()) return;
    }
    throw new Error(
      `10 rounds of --once have not drained ${root}: ${waiting()}\n${readFileSync(logPath, 'utf8').slice(-4000)}`,
    );
  }

  const scene = () => ({
    files,
    root,
    agents: options.agents,
    sent,
    kills,
    ledger: readLedger(ledgerPath),
    transcripts: readTranscripts(join(place.home, '.claude', 'projects')),
    survivors: processesOf(place),
  });

  return {
    root,
    files,
    agents: options.agents,
    layout,
    launchers,
    traps,
    sent,
    start,
    living,
    lastSignal: () => lastSignal,
    drain,
    ledger: () => readLedger(ledgerPath),
    log: () => readFileSync(logPath, 'utf8'),
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
    check: async () => checkCrashes(scene()),
    async [Symbol.asyncDispose]() {
      for (const runner of living()) runner.signal('SIGKILL');
      await Promise.all([...runners].map(({ exited }) => exited));
      await new Promise(resolve => log.end(resolve));
      if (process.env.AGENT_RUNNER_KEEP) {
        cpSync(place.root, process.env.AGENT_RUNNER_KEEP, { recursive: true });
        console.log(`kept in ${process.env.AGENT_RUNNER_KEEP}`);
      }
      await place[Symbol.asyncDispose]();
    },
  };
}

/** Launchers that a trap has stopped and that are stopped still. */
export function pausedLaunchers(traps: string): number[] {
  return readdirSync(traps)
    .filter(entry => entry.startsWith('taken-'))
    .map(entry => Number(entry.slice('taken-'.length)))
    .filter(pid => /\nState:\s+T/.test(readQuietly(`/proc/${pid}/status`)));
}

function asRunner(child: ChildProcess): CrashRunner {
  const pid = child.pid!;
  const identity = identifySync(pid);
  return {
    pid,
    isAlive: () => identity !== null && isAliveSync(identity),
    signal: name => void child.kill(name),
    exited: new Promise(resolve => child.once('exit', (code, signal) => resolve({ code, signal }))),
  };
}

async function makeAgent(
  files: Files,
  root: string,
  name: string,
  cwd: string,
  front: readonly string[],
): Promise<void> {
  const layout = agentLayout(root, name);
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
  writeFileSync(layout.definition, `---\n${lines.join('\n')}\n---\nYou are ${name}.\n`);
}

/** Node 20 runs no TypeScript: the runner of these tests is bundled, as the product is. */
async function bundleRunner(outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL('./crash-runner.ts', import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: 'warning',
  });
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
function processesOf({ home }: Sealed): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => readQuietly(`/proc/${pid}/environ`).split('\0').includes(`HOME=${home}`))
    .map(pid => `pid ${pid}: ${readQuietly(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').slice(0, 200)}`);
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
