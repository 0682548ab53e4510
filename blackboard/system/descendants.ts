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

async function parents(): Promise<Map<number, number>> {
  if (process.platform !== 'linux') {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
    return new Map([...stdout.matchAll(/^\s*(\d+)\s+(\d+)\s*$/gm)].map(found => [Number(found[1]), Number(found[2])]));
  }
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const pairs = await Promise.all(
    pids.map(async pid => {
      const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
      return [Number(pid), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])] as const;
    }),
  );
  return new Map(pairs);
}
