// Who a process is, and whether that very process is still alive. A pid alone is reused; pid, start time and boot id
// are not. A process of another container or host (process-place.ts) cannot be looked up here, so it never counts as
// dead. Knows nothing of what the process does. Reads /proc on Linux, asks ps(1) and sysctl(8) elsewhere.
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { limits } from '#blackboard/system/limits.ts';
import { isOutOfSight, ownPlace } from '#blackboard/system/process-place.ts';

/** One process of one boot of a machine. */
export interface ProcessIdentity {
  /** Process id. */
  readonly pid: number;
  /** Linux: clock ticks since boot (field 22 of /proc/<pid>/stat). macOS: `ps -o lstart` in UTC, blanks as `_`. */
  readonly startTime: string;
  /** Linux: /proc/sys/kernel/random/boot_id. macOS: `sysctl -n kern.bootsessionuuid`. */
  readonly bootId: string;
  /** Where that pid is valid (process-place.ts). Absent: written by an earlier version, or not on Linux. */
  readonly place?: string;
}

const linux = process.platform === 'linux';
const run = promisify(execFile);
const psArguments = (pid: number) => ['-o', 'lstart=,stat=', '-p', String(pid)];
/** The same locale and zone wherever it is asked, or one process would have two start times. */
const psOptions = {
  env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
  encoding: 'utf8',
} as const;
const bootIdPath = '/proc/sys/kernel/random/boot_id';
const sysctlArguments = ['-n', 'kern.bootsessionuuid'];
let bootId: string | undefined;

/** The identity of the process with this pid, or null when there is none; a zombie counts as none. */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  // Two reads of /proc cost less than one way to the thread pool, where they would wait behind fsyncs.
  if (linux) return identifySync(pid);
  const startTime = isPid(pid) ? fromPs(await psText(pid)) : null;
  if (startTime === null) return null;
  bootId ??= (await run('sysctl', sysctlArguments)).stdout.trim();
  return identity(pid, startTime, bootId, ownPlace());
}

/**
 * Like {@link identify}, but synchronous: on Linux two reads of /proc (about 30 µs), elsewhere a ps that blocks for
 * some milliseconds.
 */
export function identifySync(pid: number): ProcessIdentity | null {
  const startTime = startTimeSync(pid);
  if (startTime === null) return null;
  return identity(pid, startTime, ownBootId(), ownPlace());
}

function ownBootId(): string {
  bootId ??= (linux ? readFileSync(bootIdPath, 'utf8') : execFileSync('sysctl', sysctlArguments, psOptions)).trim();
  return bootId;
}

/** When the process with this pid began, in the form of {@link ProcessIdentity.startTime}; null when none lives. */
export function startTimeSync(pid: number): string | null {
  if (!isPid(pid)) return null;
  return linux ? fromStat(quietSync(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))) : fromPs(psTextSync(pid));
}

/** Whether it was stopped (SIGSTOP, Ctrl+Z) and waits to be continued. */
export function isStopped(pid: number): boolean {
  if (linux) return /^[Tt] /.test(afterName(quietSync(() => readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? ''));
  return /\sT\S*\s*$/.test(psTextSync(pid) ?? '');
}

/** The fields of /proc/<pid>/stat from the state on; the name before them is in brackets and may contain `) `. */
const afterName = (stat: string): string => stat.slice(stat.lastIndexOf(')') + 2);

let self: ProcessIdentity | null = null;

/** This very process. */
export function selfIdentity(): ProcessIdentity {
  self ??= identifySync(process.pid);
  if (self === null) throw new Error(`expected to find this process (pid ${process.pid}) in the process table`);
  return self;
}

/**
 * Whether this very process still runs: same pid, same start, same boot, and not a zombie. One that is elsewhere counts
 * as running; see {@link isElsewhere} for what else may show that it is gone.
 */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return isElsewhere(identity) || isSameProcess(identity, await identify(identity.pid));
}

/** {@link isAlive} for hot paths. */
export function isAliveSync(identity: ProcessIdentity): boolean {
  return isElsewhere(identity) || isSameProcess(identity, identifySync(identity.pid));
}

/** For the moment before a Unix signal: it runs, and its pid is valid here. */
export function canBeSignalled(identity: ProcessIdentity): boolean {
  return isSameProcess(identity, identifySync(identity.pid));
}

/** Whether it is this very process. */
export const isSelf = (identity: ProcessIdentity): boolean =>
  identity.pid === process.pid && isSameProcess(identity, selfIdentity());

/** Whether it belongs to another container or host, so that no process table here knows about it. */
export const isElsewhere = (identity: ProcessIdentity): boolean =>
  identity.place !== undefined && isOutOfSight(identity, { bootId: ownBootId(), place: ownPlace() });

/** One line, `pid startTime bootId[ place]\n`: what runner/claude/launch.sh writes as well. */
export const formatIdentity = ({ pid, startTime, bootId, place }: ProcessIdentity): string =>
  `${[pid, startTime, bootId, ...(place === undefined ? [] : [place])].join(' ')}\n`;

/** Reads what {@link formatIdentity} or the launcher wrote; null for anything else (a torn or foreign file). */
export function parseIdentity(text: string): ProcessIdentity | null {
  const match = /^(\d{1,10}) (\S+) (\S+)(?: (\S+))?\n$/.exec(text);
  if (!match) return null;
  const pid = Number(match[1]);
  return isPid(pid) ? identity(pid, match[2]!, match[3]!, match[4]) : null;
}

const identity = (pid: number, startTime: string, bootId: string, place: string | undefined): ProcessIdentity => ({
  pid,
  startTime,
  bootId,
  ...(place === undefined ? {} : { place }),
});

const isPid = (pid: number) => Number.isSafeInteger(pid) && pid > 0;

/** Whether the two are one process; `b` is in sight. */
export const isSameProcess = (a: ProcessIdentity, b: ProcessIdentity | null): boolean =>
  b !== null && !isElsewhere(a) && a.pid === b.pid && a.startTime === b.startTime && a.bootId === b.bootId;

/**
 * The process with this pid and all above it, itself first. Linux: one short read of /proc each; elsewhere one ps.
 * Empty if the process table cannot be read.
 */
export function lineageOf(pid: number): ProcessIdentity[] {
  const parentOf = linux ? parentByStat : parentByPs();
  const line: ProcessIdentity[] = [];
  for (let at = pid; at > 1 && line.length < limits.lineageMax; ) {
    const found = parentOf(at);
    if (!found) break;
    line.push(identity(at, found.startTime, ownBootId(), ownPlace()));
    at = found.parent;
  }
  return line;
}

type Parent = { parent: number; startTime: string };

function parentByStat(pid: number): Parent | null {
  const stat = quietSync(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const startTime = fromStat(stat);
  return stat === null || startTime === null ? null : { parent: parentFromStat(stat), startTime };
}

/** The parent's pid out of /proc/<pid>/stat. */
export const parentFromStat = (stat: string): number => Number(afterName(stat).split(' ')[1]);

function parentByPs(): (pid: number) => Parent | null {
  const table = quietSync(() =>
    execFileSync('ps', ['-A', '-o', 'pid=,ppid=,lstart='], { ...psOptions, stdio: 'pipe' }),
  );
  const parents = parentsFromPs(table ?? '');
  return pid => parents.get(pid) ?? null;
}

/** Parents and start times out of `ps -A -o pid=,ppid=,lstart=`. */
export function parentsFromPs(table: string): Map<number, Parent> {
  const rows = [...table.matchAll(/^\s*(\d+)\s+(\d+)\s+(\S.*\S)\s*$/gm)];
  return new Map(
    rows.map(([, pid, parent, at]) => [Number(pid), { parent: Number(parent), startTime: at!.replace(/\s+/g, '_') }]),
  );
}

/**
 * The kernel session of a process and its controlling terminal, as one word; null: it has no terminal, or it is not known (every
 * process except on Linux).
 */
export function terminalOf(pid: number): string | null {
  const stat = linux ? quietSync(() => readFileSync(`/proc/${pid}/stat`, 'latin1')) : null;
  return stat === null ? null : terminalFromStat(stat);
}

/** The same out of /proc/<pid>/stat. */
export function terminalFromStat(stat: string): string | null {
  const [, , , session = '', terminal = '0'] = afterName(stat).split(' ');
  return terminal === '0' ? null : `${session} ${terminal}`;
}

/**
 * The value of this variable when the process started, whatever it has set since; null: none, or unknown (another
 * user's process; every process except on Linux).
 */
export function startedWith(pid: number, variable: string): string | null {
  if (!linux) return null;
  let environment: string;
  try {
    environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    // Gone, or another user's: it says nothing.
    return null;
  }
  const found = environment.split('\0').find(each => each.startsWith(`${variable}=`));
  return found?.slice(variable.length + 1) ?? null;
}

/** Start time from /proc/<pid>/stat, or null for a zombie. */
export function fromStat(stat: string | null): string | null {
  if (stat === null) return null;
  const fields = afterName(stat).split(' ');
  const state = fields[0];
  return state === 'Z' || state === 'X' || state === 'x' ? null : (fields[19] ?? null);
}

/** Start time from `ps -o lstart=,stat=`, or null for a zombie or no process. */
export function fromPs(text: string | null): string | null {
  const match = /^\s*(\S.*\S)\s+(\S+)\s*$/.exec(text ?? '');
  return !match || match[2]!.startsWith('Z') ? null : match[1]!.replace(/\s+/g, '_');
}

const psText = async (pid: number) => (await quiet(run('ps', psArguments(pid), psOptions)))?.stdout ?? null;
const psTextSync = (pid: number) =>
  quietSync(() => execFileSync('ps', psArguments(pid), { ...psOptions, stdio: 'pipe' }));

/** Null only when there is no such process; a full descriptor table (EMFILE) must not look like a death. */
async function quiet<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    return nullIfGone(error);
  }
}

function quietSync<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    return nullIfGone(error);
  }
}

/** ENOENT and ESRCH: /proc says so; a number: ps exited 1 because it found nobody. */
function nullIfGone(error: unknown): null {
  const { code, status } = error as { code?: unknown; status?: unknown };
  if (code === 'ENOENT' || code === 'ESRCH' || code === 1 || status === 1) return null;
  throw error;
}

/**
 * The arguments that a process was started with; null: it is gone, or they cannot be read. Without /proc, blanks
 * separate them.
 */
export async function commandLineOf(pid: number): Promise<string[] | null> {
  if (linux) return (await quiet(readFile(`/proc/${pid}/cmdline`, 'utf8')))?.split('\0') ?? null;
  const told = await quiet(run('ps', ['-ww', '-o', 'args=', '-p', String(pid)], psOptions));
  return told?.stdout.trim().split(/\s+/) ?? null;
}
