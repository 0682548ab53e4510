/** Which files some process has open for writing: /proc on Linux, lsof(8) elsewhere. Only same-uid processes are seen. */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { promisify } from 'node:util';
import { errnoOf } from '#blackboard/system/errors.ts';

/** Those of `paths` that are open for writing. If neither /proc nor lsof answers, none: then only stability decides. */
export async function openForWriting(paths: readonly string[]): Promise<Set<string>> {
  if (paths.length === 0) return new Set();
  return process.platform === 'linux' ? openOnLinux(paths) : openByLsof(paths);
}

const O_ACCMODE = 3;

async function openOnLinux(paths: readonly string[]): Promise<Set<string>> {
  const wanted = new Set(paths);
  const open = new Set<string>();
  for (const pid of await unlessHidden(fs.readdir('/proc'), [])) {
    if (!/^\d+$/.test(pid)) continue;
    const descriptors = await unlessHidden(fs.readdir(`/proc/${pid}/fd`), []);
    for (const descriptor of descriptors) {
      const target = await unlessHidden(fs.readlink(`/proc/${pid}/fd/${descriptor}`), '');
      if (wanted.has(target) && (await isWritable(pid, descriptor))) open.add(target);
    }
  }
  return open;
}

/** A file that this process has no free descriptor to check may still be open (EMFILE, ENFILE). */
async function unlessHidden<T>(look: Promise<T>, value: T): Promise<T> {
  try {
    return await look;
  } catch (error) {
    if (['EMFILE', 'ENFILE', 'ENOMEM'].includes(errnoOf(error) ?? '')) throw error;
    return value;
  }
}

/** /proc/<pid>/fdinfo/<fd>, proc(5): `flags:` is octal, its last two bits the access mode. */
async function isWritable(pid: string, descriptor: string): Promise<boolean> {
  const info = await unlessHidden(fs.readFile(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8'), '');
  const flags = /^flags:\s*([0-7]+)/m.exec(info)?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & O_ACCMODE) !== 0;
}

async function openByLsof(paths: readonly string[]): Promise<Set<string>> {
  const output = await promisify(execFile)('lsof', ['-F', 'an', '--', ...paths], { maxBuffer: 1 << 20 }).then(
    result => result.stdout,
    failed => String(failed?.stdout ?? ''),
  );
  return writersInLsof(output, new Set(paths));
}

/** `lsof -F an`: an `a` line (r, w or u) and then the `n` line of the same descriptor. */
export function writersInLsof(output: string, wanted: ReadonlySet<string>): Set<string> {
  const open = new Set<string>();
  let access = '';
  for (const line of output.split('\n')) {
    if (line.startsWith('a')) access = line.slice(1);
    else if (line.startsWith('n') && (access === 'w' || access === 'u') && wanted.has(line.slice(1)))
      open.add(line.slice(1));
  }
  return open;
}
