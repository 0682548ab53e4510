// What a turn's claude left running. When somebody else kills claude, its tools live on: each tool's shell has its own
// session (measured, 2.1.329), and would run beside the turn that is asked to check what was done.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Clock } from '#blackboard/system/clock.ts';
import { canBeSignalled, identify, isAliveSync, type ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { turnDirectoryVariable } from '#hooks/claude/turn-variable.ts';

/** Milliseconds after SIGTERM, before the SIGKILL. */
const GRACE_MS = 500;
const POLL_MS = 20;
/** What was found may have started more meanwhile: the search is repeated this often. */
const ROUNDS_MAX = 5;

/**
 * Ends every process of this user that was started in that turn, gently first; returns how many there were. Best
 * effort: if the process table cannot be read, none is found. Of a turn of a resident, that process and what is in its
 * own Unix session (its MCP servers) stay; a tool's shell has a session of its own.
 */
export async function stopLeftovers(
  turnDirectory: string,
  clock: Clock,
  resident: ProcessIdentity | null = null,
): Promise<number> {
  let stopped = 0;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const found = await startedIn(turnDirectory, resident);
    if (found.length === 0) break;
    stopped += found.length;
    for (const identity of found) signal(identity, 'SIGTERM');
    const untilMs = clock.monotonicMs() + GRACE_MS;
    while (found.some(isAliveSync) && clock.monotonicMs() < untilMs) await clock.sleep(POLL_MS);
    for (const identity of found) signal(identity, 'SIGKILL');
  }
  return stopped;
}

async function startedIn(turnDirectory: string, resident: ProcessIdentity | null): Promise<ProcessIdentity[]> {
  const assignment = `${turnDirectoryVariable}=${turnDirectory}`;
  const pids = await (process.platform === 'linux' ? byEnvironment(assignment) : byPs(assignment)).catch(() => []);
  // A runner started inside the turn must not end itself.
  const others = pids.filter(pid => pid !== process.pid);
  const found = await Promise.all(others.map(pid => identify(pid).catch(() => null)));
  const foreign = found.filter(identity => identity !== null);
  if (resident === null) return foreign;
  const sessions = await Promise.all(foreign.map(({ pid }) => unixSession(pid)));
  return foreign.filter((_, at) => sessions[at] !== null && sessions[at] !== resident.pid);
}

/** Whether what a tool left can be told from what belongs to a resident: macOS does not show a process's Unix session. */
export const canTellLeftovers = process.platform === 'linux';

/** The Unix session that a process is in, by its leader's pid (proc(5), field 6 of stat); null: it cannot be told. */
async function unixSession(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return Number(stat.slice(stat.lastIndexOf(')') + 1).split(' ')[4]) || null;
}

async function byEnvironment(assignment: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const found: number[] = [];
  for (const pid of pids) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (environment.split('\0').includes(assignment)) found.push(Number(pid));
  }
  return found;
}

/** macOS shows the environment after the command, separated by blanks. */
async function byPs(assignment: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axEww', '-o', 'pid=,command='], { maxBuffer: 1 << 26 });
  const lines = stdout.split('\n').filter(line => `${line} `.includes(` ${assignment} `));
  return lines.map(line => Number.parseInt(line, 10)).filter(pid => pid > 0);
}

function signal(identity: ProcessIdentity, name: NodeJS.Signals): void {
  if (!canBeSignalled(identity)) return;
  try {
    process.kill(identity.pid, name);
  } catch {
    // Gone meanwhile, or another user's by now.
  }
}
