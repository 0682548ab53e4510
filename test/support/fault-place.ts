/**
 * A root, agents with the fake claude, and real runners under real faults: mounts, limits, strace. Afterwards the rules of
 * crash-check.ts hold. Linux; what needs root rights says why it cannot be done.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { deliver, makeInbox } from '#blackboard/inbox/deliver.ts';
import { type Outcome, readOutcome } from '#blackboard/inbox/outcome.ts';
import { type AgentLayout, agentLayout, inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { makeRoot } from '#blackboard/root.ts';
import type { Files } from '#blackboard/system/files.ts';
import { newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { identifySync, isAliveSync } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { until } from '#test/support/until.ts';
import type { LedgerLine, Sent } from './evidence.ts';
import type { FaultOrders } from './fault-runner.ts';
import { checkCrashes, type Violation } from './invariants.ts';
import { fakeClaudePath, type Sealed, sealed } from './isolated-claude.ts';

export interface FaultRunner {
  pid: number;
  stderr(): string;
  isAlive(): boolean;
  /** Waits until it has said so; `from`: only what came after so many characters. */
  says(wanted: RegExp, from?: number): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export interface FaultPlaceOptions {
  agents: readonly string[];
  /** FAKE_CLAUDE_LATENCY_MS. */
  latencyMs?: string;
  /** Called with the root's path, an empty directory; what it returns is called at the end, when nothing runs any more. */
  mount?: (root: string) => () => void;
}

export interface StartOptions {
  orders?: Partial<FaultOrders>;
  /** A command that runs the runner: ['strace', …]. */
  under?: readonly string[];
  env?: Record<string, string>;
}

export interface FaultPlace extends AsyncDisposable {
  /** Everything else of this place: HOME, ledger. */
  home: string;
  root: string;
  files: Files;
  layout(agent: string): AgentLayout;
  /** Delivers a message from the operator, with its id as the marker of its body. */
  send(agent: string): Promise<string>;
  outcome(agent: string, id: string): Promise<Outcome | null>;
  start(options?: StartOptions): FaultRunner;
  /** Ends what runs, then runs `--once` until it says that nothing is left. What producers left in tmp counts as old. */
  drain(orders?: Partial<FaultOrders>): Promise<void>;
  /** Notes down that a process was killed by something else than the test (strace). */
  killed(pid: number, at: number): void;
  check(): Promise<Violation[]>;
  ledger(): LedgerLine[];
  /** `agent-runner <args>` of this source, as another process. */
  command(...args: string[]): { code: number; stdout: string };
}

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const launcherPath = source('../../runner/claude/launch.sh');

export async function faultPlace(options: FaultPlaceOptions): Promise<FaultPlace> {
  const place = await sealed();
  const root = join(place.root, 'root');
  const ledgerPath = join(place.root, 'ledger');
  const files = createRunnerFiles();
  const bundle = await bundleInto(join(place.root, 'package'));
  mkdirSync(root, { mode: 0o700 });
  const unmount = options.mount?.(root) ?? (() => {});
  const runners: FaultRunner[] = [];
  const sent: Sent[] = [];
  const kills: { pid: number; at: number }[] = [];
  const layout = (agent: string) => agentLayout(root, agent);
  await makeRoot(files, root, true);
  writeFileSync(ledgerPath, '');
  writeFileSync(
    join(root, 'config.yaml'),
    `claude: ${fakeClaudePath()}\nmaxConcurrentTurns: 3\nperDayUsd: 1000000\nstopGraceSeconds: 0.5\n`,
  );
  for (const name of options.agents) await makeAgent(files, layout(name), place.cwd);
  const env = {
    ...place.env,
    FAKE_CLAUDE_OFFLINE: '1',
    FAKE_CLAUDE_LATENCY_MS: options.latencyMs ?? '0',
    FAKE_CLAUDE_FLUSH_MS: '0',
    FAKE_CLAUDE_LEDGER: ledgerPath,
  };

  function start({ orders = {}, under = [], env: more = {} }: StartOptions = {}): FaultRunner {
    const all: FaultOrders = { root, once: false, launcherPath, ...orders };
    const [command, ...args] = [...under, process.execPath, join(bundle, 'fault-runner.mjs'), JSON.stringify(all)];
    const child = spawn(command!, args, {
      cwd: place.cwd,
      env: { ...env, ...more },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    child.stdin!.on('error', () => {});
    const runner = asRunner(child);
    runners.push(runner);
    return runner;
  }

  async function end(): Promise<void> {
    for (const runner of runners) if (runner.isAlive()) runner.signal('SIGKILL');
    await Promise.all(runners.map(({ exited }) => exited));
  }

  return {
    home: place.root,
    root,
    files,
    layout,
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
    async drain(orders) {
      await end();
      for (const inbox of [inboxLayout(rootLayout(root).operator), ...options.agents.map(name => layout(name).inbox)])
        age(inbox.tmp);
      for (let round = 0; round < 5; round++)
        if ((await start({ orders: { ...orders, once: true } }).exited).code === 0) return;
      throw new Error(`5 rounds of --once have not drained ${root}:\n${runners.at(-1)?.stderr()}`);
    },
    killed: (pid, at) => void kills.push({ pid, at }),
    check: () =>
      checkCrashes({
        files,
        root,
        agents: options.agents,
        sent,
        kills,
        ledger: readLedger(ledgerPath),
        transcripts: readTranscripts(join(place.home, '.claude', 'projects')),
        survivors: [],
      }),
    ledger: () => readLedger(ledgerPath),
    command(...args) {
      try {
        const stdout = execFileSync(process.execPath, [join(bundle, 'cli.mjs'), '--root', root, ...args], {
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
      await endAll(place);
      unmount();
      await place[Symbol.asyncDispose]();
    },
  };
}

function age(directory: string): void {
  const old = new Date(Date.now() - limits.unplacedRestMs - 1_000);
  for (const name of readdirSync(directory)) utimesSync(join(directory, name), old, old);
}

/** null: it works here; else why a test that needs it is skipped. */
export function whyNot(command: string, ...args: string[]): string | null {
  try {
    execFileSync(command, args, { stdio: 'pipe' });
    return null;
  } catch (error) {
    return `${[command, ...args].join(' ')}: ${String((error as Error).message)
      .split('\n')
      .slice(0, 2)
      .join(' ')}`;
  }
}

function asRunner(child: ChildProcess): FaultRunner {
  const pid = child.pid!;
  const identity = identifySync(pid);
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (piece: string) => {
    said += piece;
  });
  const isAlive = () => identity !== null && isAliveSync(identity);
  return {
    pid,
    stderr: () => said,
    isAlive,
    says: (wanted, from = 0) =>
      until(`the runner to say ${wanted}`, () => wanted.exec(said.slice(from)), { about: () => said }),
    signal: name => void child.kill(name),
    exited: new Promise(resolve => child.once('close', (code, signal) => resolve({ code, signal }))),
  };
}

async function makeAgent(files: Files, layout: AgentLayout, cwd: string): Promise<void> {
  await files.makeDirectory(layout.home);
  await files.makeDirectory(layout.turns);
  await makeInbox(files, layout.inbox);
  const lines = [
    `cwd: ${cwd}`,
    'maxAttempts: 20',
    'maxTurnsPerHour: 1000000',
    'budget: { perTurnUsd: 2, perDayUsd: 1000000 }',
  ];
  writeFileSync(layout.definition, `---\n${lines.join('\n')}\n---\nYou are ${layout.name}.\n`);
}

/** Node 20 runs no TypeScript: the runner of these tests, and the command, are bundled, as the product is. */
async function bundleInto(home: string): Promise<string> {
  const outdir = join(home, 'dist');
  await build({
    entryPoints: { 'fault-runner': source('./fault-runner.ts'), cli: source('../../runner/cli/main.ts') },
    outdir,
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
  return outdir;
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

/** A file system can only be unmounted when nobody works in it: the place's claudes are ended first. */
async function endAll({ home }: Sealed): Promise<void> {
  const pids = () =>
    readdirSync('/proc')
      .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
      .filter(pid => readQuietly(`/proc/${pid}/environ`).split('\0').includes(`HOME=${home}`))
      .map(Number);
  for (const pid of pids())
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
  await until('the processes of this place to end', () => pids().length === 0);
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
