/** The file port on a real disk (Node's fs). Knows nothing of messages. */

import * as atOnce from 'node:fs';
import { closeSync, constants, openSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf } from '#blackboard/system/errors.ts';
import { factsOf } from '#blackboard/system/facts-of.ts';
import type { FileFacts, Files } from '#blackboard/system/files.ts';
import { obstacle } from '#blackboard/system/obstacle.ts';
import { openForWriting } from '#blackboard/system/open-files.ts';
import { shutFile } from '#blackboard/system/shut-file.ts';
import { writeAll } from '#blackboard/system/write-all.ts';

const fsync = promisify(atOnce.fsync);

/** Resolves to `value` if the call failed with one of `errnos`, and throws any other error. */
async function unless<T, V>(work: Promise<T>, errnos: readonly string[], value: V): Promise<T | V> {
  try {
    return await work;
  } catch (error) {
    if (errnos.includes(errnoOf(error) ?? '')) return value;
    throw error;
  }
}

async function read(path: string, options: { offset?: number; bytesMax?: number } = {}): Promise<Uint8Array | null> {
  const file = await unless(fs.open(path, 'r'), ['ENOENT', 'ENOTDIR'], null);
  if (!file) return null;
  try {
    const offset = options.offset ?? 0;
    const size = (await file.stat()).size;
    const buffer = Buffer.alloc(Math.max(0, Math.min(size - offset, options.bytesMax ?? Number.MAX_SAFE_INTEGER)));
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

function openNew(path: string, flags: number): number | null {
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return null;
    throw error;
  }
}

async function create(path: string, data: string | Uint8Array): Promise<'created' | 'exists'> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = openNew(path, flags);
  if (file === null) return 'exists';
  try {
    writeAll(file, data);
    await fsync(file);
  } catch (error) {
    // On a full disk this is tried again and again: incomplete files must not pile up. Nobody else knows this name yet.
    await fs.unlink(path).catch(() => {});
    throw error;
  } finally {
    closeSync(file);
  }
  return 'created';
}

async function syncFile(path: string): Promise<void> {
  const file = await unless(fs.open(path, constants.O_RDONLY), ['ENOENT'], null);
  try {
    await file?.sync();
  } finally {
    await file?.close();
  }
}

async function append(path: string, data: string, options: { sync?: boolean } = {}): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;
  const file = await fs.open(path, flags, 0o600);
  try {
    await file.appendFile(data);
    if (options.sync) await file.sync();
  } finally {
    await file.close();
  }
}

async function facts(path: string): Promise<FileFacts | null> {
  const found = await unless(fs.lstat(path), ['ENOENT', 'ENOTDIR'], null);
  return found && factsOf(found);
}

/** A name that is not UTF-8 reads back as another one: only its bytes can be used. */
async function renameUndecodable(directory: string): Promise<number> {
  let renamed = 0;
  for (const name of await fs.readdir(directory, { encoding: 'buffer' })) {
    if (Buffer.from(name.toString()).equals(name)) continue;
    const from = Buffer.concat([Buffer.from(`${directory}/`), name]);
    await fs.rename(from, join(directory, `undecodable-${name.toString('hex').slice(0, 100)}`));
    renamed++;
  }
  return renamed;
}

async function removeOne(path: string): Promise<void> {
  try {
    await fs.unlink(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return;
    // unlink(2) of a directory is EISDIR on Linux and EPERM on macOS.
    if (errno !== 'EISDIR' && errno !== 'EPERM') throw error;
    await unless(fs.rmdir(path), ['ENOENT'], undefined);
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
    const sync = syncNow(path).finally(() => {
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

/** Only the fsync waits for the disk; the rest is not worth the way to the thread pool and back. */
async function syncNow(path: string): Promise<void> {
  const directory = openSync(path, 'r');
  try {
    await fsync(directory);
  } finally {
    closeSync(directory);
  }
}

/** The real disk. One instance per process, so that directory fsyncs are shared. */
export function createDiskFiles(): Files {
  return {
    list: path => unless(fs.readdir(path), ['ENOENT', 'ENOTDIR'], []),
    facts,
    read,
    create,
    append,
    link: (from, to) =>
      fs.link(from, to).then(
        () => 'linked' as const,
        error => {
          if (errnoOf(error) === 'EEXIST') return 'exists' as const;
          if (errnoOf(error) === 'ENOENT') return 'gone' as const;
          throw error;
        },
      ),
    point: (target, path) =>
      unless(
        fs.symlink(target, path).then(() => 'made' as const),
        ['EEXIST'],
        'exists' as const,
      ),
    move: (from, to) =>
      unless(
        fs.rename(from, to).then(() => 'moved' as const),
        ['ENOENT'],
        'gone' as const,
      ),
    makeDirectory: path =>
      unless(
        fs.mkdir(path, 0o700).then(() => 'made' as const),
        ['EEXIST'],
        'exists' as const,
      ),
    shut: async path => shutFile(path),
    syncFile,
    syncDirectory: createDirectorySync(),
    remove: removeOne,
    renameUndecodable,
    obstacle: async (path, to) => obstacle(path, to),
    openForWriting,
  };
}
