/** A record: a small JSON file that is written once, complete and durable, and never changed. The first writer wins. */
import { dirname } from 'node:path';
import { badDataError, temporaryError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';

/**
 * Writes `value` at `path` unless a record exists there ("exists": another process decided, read it). A crash half-way
 * leaves a `.tmp-…` file beside it and no record, or the record; never an incomplete one.
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
  // Not there, and not written: its directory was moved away just now.
  if (linked === 'gone') throw temporaryError(`${temporary} was gone before it became ${path}`);
  await files.syncDirectory(dirname(path));
  return linked === 'linked' ? 'written' : 'exists';
}

/** Replaces a file with a new complete one (for files that only their one owner writes). */
export async function replaceFile(files: Files, path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp-${newNonce().slice(0, 12)}`;
  await orRemove(files, temporary, async () => {
    await files.create(temporary, text);
    if ((await files.move(temporary, path)) === 'gone')
      throw temporaryError(`${temporary} was gone before it became ${path}`);
  });
  await files.syncDirectory(dirname(path));
}

/**
 * A failure leaves nothing behind: on a full disk this is tried again and again, and incomplete files must not pile up.
 */
async function orRemove<T>(files: Files, temporary: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await files.remove(temporary).catch(() => {});
    throw error;
  }
}

/**
 * The same for a file that is only a copy, or means nothing after a reboot: nothing waits for the disk. A power loss
 * may leave the old one, the new one, or an empty file, which readers treat as missing.
 */
export async function replaceCopy(files: Files, path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp-${newNonce().slice(0, 12)}`;
  await orRemove(files, temporary, async () => {
    await files.append(temporary, text);
    // "gone": with its directory, and what it is a copy of as well.
    await files.move(temporary, path);
  });
}

/** The record, or null if there is none. Throws bad data if something else put an incomplete or foreign file there. */
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
