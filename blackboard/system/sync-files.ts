/**
 * The file port on a real disk (Node's fs), synchronous, one or two system calls for each verb: for a process that does
 * one thing and ends (a hook, a command), without the start of a thread pool and its round trips.
 */

import * as fs from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '#blackboard/system/errors.ts';
import { factsOf } from '#blackboard/system/facts-of.ts';
import type { Files } from '#blackboard/system/files.ts';
import { obstacle } from '#blackboard/system/obstacle.ts';
import { openForWriting } from '#blackboard/system/open-files.ts';
import { shutFile } from '#blackboard/system/shut-file.ts';
import { writeAll } from '#blackboard/system/write-all.ts';

/** The result of `work`, or `value` if it failed with one of `errnos`. */
function unless<T, V>(work: () => T, errnos: readonly string[], value: V): T | V {
  try {
    return work();
  } catch (error) {
    if (errnos.includes(errnoOf(error) ?? '')) return value;
    throw error;
  }
}

const EXISTS = { EEXIST: 'exists' } as const;
const GONE = { ENOENT: 'gone' } as const;

/** `done`, or what its errno means. */
function said<T extends string>(done: T, work: () => void, others: Readonly<Record<string, T>>): T {
  try {
    work();
    return done;
  } catch (error) {
    const other = others[errnoOf(error) ?? ''];
    if (other === undefined) throw error;
    return other;
  }
}

function withFile<T>(path: string, flags: number, use: (file: number) => T): T {
  const file = fs.openSync(path, flags, 0o600);
  try {
    return use(file);
  } finally {
    fs.closeSync(file);
  }
}

const { O_WRONLY, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants;

function read(
  path: string,
  { offset = 0, bytesMax = Number.MAX_SAFE_INTEGER }: { offset?: number; bytesMax?: number },
) {
  // A named pipe under one of our names would make a person wait for its writer, so it reads as empty.
  return withFile(path, O_RDONLY | O_NONBLOCK, file => {
    const buffer = Buffer.alloc(Math.max(0, Math.min(fs.fstatSync(file).size - offset, bytesMax)));
    let filled = 0;
    while (filled < buffer.length) {
      const count = readSome(path, () => fs.readSync(file, buffer, filled, buffer.length - filled, offset + filled));
      if (count === 0) break;
      filled += count;
    }
    return buffer.subarray(0, filled);
  });
}

/** read(2) knows no path. */
function readSome(path: string, call: () => number): number {
  try {
    return call();
  } catch (error) {
    throw Object.assign(error as Error, { path });
  }
}

function remove(path: string): 'removed' | 'gone' {
  try {
    return said('removed', () => fs.unlinkSync(path), { ...GONE, ENOTDIR: 'gone' });
  } catch (error) {
    // unlink(2) of a directory is EISDIR on Linux and EPERM on macOS.
    if (!['EISDIR', 'EPERM'].includes(errnoOf(error) ?? '')) throw error;
    return said('removed', () => fs.rmdirSync(path), GONE);
  }
}

/** A name that is not UTF-8 reads back as another one: only its bytes can be used. */
function renameUndecodable(directory: string): number {
  const names = fs.readdirSync(directory, { encoding: 'buffer' });
  const undecodable = names.filter(name => !Buffer.from(name.toString()).equals(name));
  for (const name of undecodable) {
    const from = Buffer.concat([Buffer.from(`${directory}/`), name]);
    fs.renameSync(from, join(directory, `undecodable-${name.toString('hex').slice(0, 100)}`));
  }
  return undecodable.length;
}

export function createSyncFiles(): Files {
  return {
    list: async path => unless(() => fs.readdirSync(path), ['ENOENT', 'ENOTDIR'], []),
    facts: async path => {
      const found = unless(() => fs.lstatSync(path, { throwIfNoEntry: false }), ['ENOTDIR'], undefined);
      return found ? factsOf(found) : null;
    },
    read: async (path, options = {}) => unless(() => read(path, options), ['ENOENT', 'ENOTDIR'], null),
    create: async (path, data) =>
      said(
        'created',
        () =>
          withFile(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, file => {
            writeAll(file, data);
            fs.fsyncSync(file);
          }),
        EXISTS,
      ),
    append: async (path, data, { sync } = {}) =>
      withFile(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, file => {
        writeAll(file, data);
        if (sync) fs.fsyncSync(file);
      }),
    link: async (from, to) => said('linked', () => fs.linkSync(from, to), { ...EXISTS, ...GONE }),
    point: async (target, path) => said('made', () => fs.symlinkSync(target, path), EXISTS),
    move: async (from, to) => said('moved', () => fs.renameSync(from, to), GONE),
    makeDirectory: async path => said('made', () => fs.mkdirSync(path, 0o700), EXISTS),
    shut: async path => shutFile(path),
    syncFile: async path => unless(() => withFile(path, O_RDONLY, fs.fsyncSync), ['ENOENT'], undefined),
    syncDirectory: async path => withFile(path, O_RDONLY, fs.fsyncSync),
    remove: async path => remove(path),
    renameUndecodable: async directory => renameUndecodable(directory),
    obstacle: async (path, to) => obstacle(path, to),
    openForWriting,
  };
}
