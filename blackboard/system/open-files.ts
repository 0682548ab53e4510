/** Which files some process has open for writing: /proc on Linux, lsof(8) elsewhere. Only same-uid processes are seen. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import { errnoOf } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';

/** Those of `paths` that are open for writing. If neither /proc nor lsof answers, none: then only stability decides. */
export async function openForWriting(paths: readonly string[]): Promise<Set<string>> {
  if (paths.length === 0) return new Set();
  return process.platform === 'linux' ? openOnLinux(paths) : openByLsof(paths);
}

const O_ACCMODE = 3;

/** Synchronous, because that is a tenth of the work: a drop waits for it. Others have their turn in between. */
async function openOnLinux(paths: readonly string[]): Promise<Set<string>> {
  const wanted = new Set(paths);
  const open = new Set<string>();
  let looked = 0;
  for (const pid of unlessHidden(() => readdirSync('/proc'), [])) {
    if (!/^\d+$/.test(pid)) continue;
    if (++looked % limits.pollAtOnce === 0) await new Promise(resolve => setImmediate(resolve));
    for (const descriptor of unlessHidden(() => readdirSync(`/proc/${pid}/fd`), [])) {
      const target = unlessHidden<string | null>(() => readlinkSync(`/proc/${pid}/fd/${descriptor}`), '', null);
      // Nor are its others shown: a process may have hundreds, and a refusal takes longer than an answer.
      if (target === null) break;
      if (wanted.has(target) && isWritable(pid, descriptor)) open.add(target);
    }
  }
  return open;
}

/** A file that this process has no free descriptor to check may still be open (EMFILE, ENFILE). */
function unlessHidden<T>(look: () => T, value: T, refused = value): T {
  try {
    return look();
  } catch (error) {
    const errno = errnoOf(error) ?? '';
    if (['EMFILE', 'ENFILE', 'ENOMEM'].includes(errno)) throw error;
    return errno === 'EACCES' || errno === 'EPERM' ? refused : value;
  }
}

/** /proc/<pid>/fdinfo/<fd>, proc(5): `flags:` is octal, its last two bits the access mode. */
function isWritable(pid: string, descriptor: string): boolean {
  const info = unlessHidden(() => readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8'), '');
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
