/** A record: a small JSON file that is written once, whole and durably, and never changed. The first writer wins. */
import { dirname } from 'node:path';
import { badDataError, temporaryError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';

/**
 * Writes `value` at `path` unless a record is there already ("exists": somebody else decided, read it).
 * A death half-way leaves a `.tmp-…` file beside it and no record, or the record; never a torn one.
 */
export async function writeRecord(files: Files, path: string, value: unknown): Promise<'written' | 'exists'> {
  return writeOnce(files, path, `${JSON.stringify(value)}\n`);
}

/** The same for plain text. */
export async function writeOnce(files: Files, path: string, text: string): Promise<'written' | 'exists'> {
  const temporary = `${path}.tmp-${newNonce().slice(0, 12)}`;
  const linked = await orRemove(files, temporary, async () => {
    await files.create(temporary, text);
    return files.link(temporary, path);
  });
  await files.remove(temporary);
  // Not there, and not written: its directory was moved away in this moment.
  if (linked === 'gone') throw temporaryError(`${temporary} was gone before it became ${path}`);
  await files.syncDirectory(dirname(path));
  return linked === 'linked' ? 'written' : 'exists';
}

/** Replaces a file by a new whole one (for files that only their one owner writes). */
export async function replaceFile(files: Files, path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp-${newNonce().slice(0, 12)}`;
  await orRemove(files, temporary, async () => {
    await files.create(temporary, text);
    if ((await files.move(temporary, path)) === 'gone')
      throw temporaryError(`${temporary} was gone before it became ${path}`);
  });
  await files.syncDirectory(dirname(path));
}

/** What failed leaves nothing behind: a full disk is tried again and again, and what was torn must not pile up there. */
async function orRemove<T>(files: Files, temporary: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await files.remove(temporary).catch(() => {});
    throw error;
  }
}

/**
 * The same for what is only a copy, or says nothing after a restart of the machine: nothing waits for the disk. A power loss
 * may leave the old one, the new one, or an empty file: readers take that for none.
 */
export async function replaceCopy(files: Files, path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp-${newNonce().slice(0, 12)}`;
  await orRemove(files, temporary, async () => {
    await files.append(temporary, text);
    // "gone": with its directory, and what it is a copy of as well.
    await files.move(temporary, path);
  });
}

/** The record, or null if there is none. Throws bad data if something else put a torn or foreign file there. */
export async function readRecord<T>(
  files: Files,
  path: string,
  bytesMax: number = limits.recordBytesMax,
): Promise<T | null> {
  const text = await readText(files, path, bytesMax);
  if (text === null) return null;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw badDataError(
      `${path} is not the JSON record that agent-runner wrote there`,
      'Move the file aside; it was changed by another program.',
    );
  }
}
