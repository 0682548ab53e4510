/**
 * V8's code cache of one of our bundles: what one process compiled, the next one reads, which saves a quarter of a
 * short command's time. It is beside the bundle, belongs to the bundle's owner, and is never needed: without a trusted
 * one, the bundle is compiled.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { Script } from 'node:vm';

export interface Compiled {
  /** The bundle as a function of the names in `parameters`. */
  run: (...values: unknown[]) => unknown;
  /** Whether the cache was there, was ours, and was of this Node. */
  isCached: boolean;
}

/** `bundle` is ASCII. `cache`: the path of its code cache. V8 compares only the length of the source: the path must be another for another source, or Node. */
export function compile(bundle: string, cache: string, parameters: readonly string[]): Compiled & { keep(): void } {
  const owner = statSync(bundle).uid;
  const cachedData = readTrusted(cache, owner);
  // On one line with the bundle's first: line numbers stay what they are.
  const source = `(function(${parameters.join(',')}){${readFileSync(bundle, 'latin1')}\n})`;
  const script = new Script(source, { filename: bundle, ...(cachedData && { cachedData }) });
  const isCached = cachedData !== undefined && !script.cachedDataRejected;
  return {
    run: script.runInThisContext(),
    isCached,
    keep: () => {
      if (!isCached && process.getuid?.() === owner) write(cache, () => script.createCachedData());
    },
  };
}

/**
 * Runs a bundle, and keeps what was compiled once it has ended well. `use` names what it is called for: each use compiles other functions.
 * `version` is the digest of the bundle.
 */
export function runBundle(
  { bundle, version, use }: { bundle: string; version: string; use: string },
  scope: Readonly<Record<string, unknown>>,
): void {
  const cache = `${bundle}.${version}-${process.version}-${process.arch}-${use}.code`;
  const { run, isCached, keep } = compile(bundle, cache, Object.keys(scope));
  // 1: status and others say so of what they found. Beyond that, little of the command has run.
  if (!isCached) process.once('exit', code => code <= 1 && keep());
  run(...Object.values(scope));
}

/** What the owner of the bundle wrote, and nobody else could have changed: it is run as the bundle is. */
function readTrusted(path: string, owner: number): Buffer | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = fstatSync(fd);
    return stats.isFile() && stats.uid === owner && (stats.mode & 0o022) === 0 ? readFileSync(fd) : undefined;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Whole or not at all, also after a power cut: V8 does not find every damage. `make` is called only where it can be written. */
function write(path: string, make: () => Buffer): void {
  const beside = `${path}.${process.pid}.code`;
  let fd: number | undefined;
  try {
    fd = openSync(beside, 'wx', 0o600);
    writeFileSync(fd, make());
    // As readable as the bundle, whatever the umask.
    fchmodSync(fd, 0o644);
    fsyncSync(fd);
    renameSync(beside, path);
  } catch {
    // Compiled again the next time, as now.
    if (fd !== undefined) rmSync(beside, { force: true });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
