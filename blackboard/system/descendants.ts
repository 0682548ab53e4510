// The processes below a process. The CLI puts every tool's shell into its own session (measured, 2.1.329), where a
// signal to the child's process group does not reach it: what must end with the child has to be found while the child
// is alive.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { identify, type ProcessIdentity } from '#blackboard/system/process-identity.ts';

/** All live descendants, children before grandchildren. Empty when the process table cannot be read: a best effort. */
export async function descendantsOf(pid: number): Promise<ProcessIdentity[]> {
  const pids = below(pid, await parents().catch(() => new Map()));
  const found = await Promise.all(pids.map(each => identify(each).catch(() => null)));
  return found.filter(identity => identity !== null);
}

/** Everything below `root` in a table of pid → parent's pid. */
export function below(root: number, parentOf: ReadonlyMap<number, number>): number[] {
  const found = new Set<number>();
  let parents = new Set([root]);
  while (parents.size > 0) {
    const children = [...parentOf].filter(([pid, parent]) => parents.has(parent) && !found.has(pid) && pid !== root);
    parents = new Set(children.map(([pid]) => pid));
    for (const pid of parents) found.add(pid);
  }
  return [...found];
}

/** Live children of a process that are in other Unix process groups than the one it leads. None where the table cannot be read. */
export async function childrenInOtherGroups(pid: number): Promise<number[]> {
  const table = await processTable().catch(() => []);
  return table.filter(each => each.parent === pid && each.group !== pid).map(each => each.pid);
}

const parents = async (): Promise<Map<number, number>> =>
  new Map((await processTable()).map(({ pid, parent }) => [pid, parent]));

/** Zombies are left out. */
async function processTable(): Promise<{ pid: number; parent: number; group: number }[]> {
  const rows = process.platform === 'linux' ? await rowsOfProc() : await rowsOfPs();
  return rows.flatMap(([pid, state, parent, group]) =>
    state?.startsWith('Z') ? [] : [{ pid: Number(pid), parent: Number(parent), group: Number(group) }],
  );
}

async function rowsOfPs(): Promise<string[][]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,stat=,ppid=,pgid=']);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map(line => line.trim().split(/\s+/));
}

async function rowsOfProc(): Promise<string[][]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  return Promise.all(
    pids.map(async pid => {
      // It may have ended meanwhile.
      const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ') Z');
      return [pid, ...stat.slice(stat.lastIndexOf(')') + 2).split(' ')];
    }),
  );
}
