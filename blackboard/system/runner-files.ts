/**
 * The file port of a runner: that of sync-files.ts, on its own thread, which costs a tenth of a round trip to the thread
 * pool. What waits for the disk (fsyncs, long reads) goes through the pool.
 */
import { closeSync, constants, fsync, openSync, unlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { errnoOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { writeAll } from '#blackboard/system/write-all.ts';

const { O_WRONLY, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW, O_RDONLY } = constants;

/** One instance per process, so that directory fsyncs are shared. */
export function createRunnerFiles(): Files {
  const atOnce = createSyncFiles();
  let looks = 0;
  /** Thousands of reads in a row would delay timers, Unix signals and sockets. */
  const breathe = (): Promise<void> | undefined =>
    ++looks % limits.looksAtOnce === 0 ? new Promise(resolve => setImmediate(resolve)) : undefined;
  return {
    ...atOnce,
    create,
    append: (path, data, options = {}) =>
      options.sync ? writeSynced(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, data) : atOnce.append(path, data),
    syncFile: path =>
      writeSynced(path, O_RDONLY).catch(error => {
        if (errnoOf(error) !== 'ENOENT') throw error;
      }),
    syncDirectory: createDirectorySync(),
    async list(path) {
      await breathe();
      return atOnce.list(path);
    },
    async facts(path) {
      await breathe();
      return atOnce.facts(path);
    },
    async read(path, options = {}) {
      await breathe();
      const found = await atOnce.facts(path);
      if (!found) return null;
      const isShort = found.kind === 'file' && found.sizeBytes - (options.offset ?? 0) <= limits.readAtOnceBytes;
      return isShort ? atOnce.read(path, options) : readLong(path, options);
    },
  };
}

async function create(path: string, data: string | Uint8Array): Promise<'created' | 'exists'> {
  let file: number;
  try {
    file = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return 'exists';
    throw error;
  }
  try {
    writeAll(file, data);
    await promisify(fsync)(file);
  } catch (error) {
    // On a full disk this is tried again and again: incomplete files must not pile up. Nobody else knows this name yet.
    try {
      unlinkSync(path);
    } catch {}
    throw error;
  } finally {
    closeSync(file);
  }
  return 'created';
}

/** Only the fsync waits for the disk; the rest is not worth the way to the thread pool and back. */
async function writeSynced(path: string, flags: number, data = ''): Promise<void> {
  const file = openSync(path, flags, 0o600);
  try {
    writeAll(file, data);
    await promisify(fsync)(file);
  } finally {
    closeSync(file);
  }
}

async function readLong(path: string, { offset = 0, bytesMax = Number.MAX_SAFE_INTEGER }): Promise<Uint8Array | null> {
  const file = await open(path, 'r').catch(error => {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw error;
  });
  if (!file) return null;
  try {
    const buffer = Buffer.alloc(Math.max(0, Math.min((await file.stat()).size - offset, bytesMax)));
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  } catch (error) {
    // read(2) knows no path.
    throw Object.assign(error as Error, { path });
  } finally {
    await file.close();
  }
}

/**
 * fsyncs of one directory that are requested while another one runs share the next one: it starts after their change,
 * so it covers them (group commit).
 */
function createDirectorySync(): (path: string) => Promise<void> {
  const running = new Map<string, Promise<void>>();
  const waiting = new Map<string, Promise<void>>();
  const start = (path: string): Promise<void> => {
    const sync = writeSynced(path, O_RDONLY).finally(() => {
      if (running.get(path) === sync) running.delete(path);
    });
    running.set(path, sync);
    return sync;
  };
  return path => {
    const current = running.get(path);
    if (!current) return start(path);
    const next =
      waiting.get(path) ??
      current
        .catch(() => {})
        .then(() => {
          waiting.delete(path);
          return start(path);
        });
    waiting.set(path, next);
    return next;
  };
}
