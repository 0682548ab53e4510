/**
 * Changes a settings file that other programs write too: completely or not at all, by a rename, and without losing what
 * another program writes meanwhile. The file is checked just before the rename and just after it; if it is not what was
 * changed, the change is made again on what is there. Two gaps remain: another program's rename between our last check
 * and our own rename, some microseconds; and a program that read the file before us and writes its copy after our last
 * check removes our change (`hooks status` shows that). Knows nothing of hooks.
 */
import { chmod, link, lstat, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { untouched } from '#blackboard/system/access-words.ts';
import { cannotCreateError, errnoOf, isRunnerError, succeeds, temporaryError } from '#blackboard/system/errors.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';

/** null: there is no such file. */
export type Text = string | null;

export interface Rewriting {
  read(path: string): Promise<Text>;
  /** The new text, or the same text if nothing changes. Asked again for each text that is found. */
  change(text: Text): Promise<Text>;
  /** For a new file and directory; existing ones keep theirs. */
  modes: { file: number; directory: number };
  /** For tests: another program acts here. */
  at?(moment: Moment): void;
}

/**
 * read: the change is made, nothing is written · looked: our last check before the rename is over · placed: the rename
 * is done.
 */
export type Moment = 'read' | 'looked' | 'placed';

/** Returns the earlier and the current text. Throws cannot-create, or temporary if others write without a pause. */
export async function rewrite(path: string, order: Rewriting): Promise<{ before: Text; after: Text }> {
  const before = await order.read(path);
  let text = before;
  for (let tries = 0; tries < limits.settingsTriesMax; tries++) {
    const next = await order.change(text);
    // Nothing (more) to change, and our change is still there: nobody wrote over it.
    if (next === text && (await order.read(path)) === text) return { before, after: next };
    if (next === text) text = await order.read(path);
    else text = await place(path, text, next, order).catch(asCannotCreate(path));
  }
  throw temporaryError(
    `${path} is changed by another program again and again: given up after ${limits.settingsTriesMax} tries`,
    'End that program, or try again in a moment.',
  );
}

/** One try. Returns the text for the next one: what is there now, or what another program wrote into the old file. */
async function place(path: string, text: Text, next: Text, order: Rewriting): Promise<Text> {
  const { read, modes, at } = order;
  if (text === null) await mkdir(dirname(path), { recursive: true, mode: modes.directory });
  const isThere = await lstat(path).catch(() => null);
  const target = isThere ? await realpath(path) : path;
  const nonce = newNonce().slice(0, 12);
  const [aside, old] = [`${target}.tmp-${nonce}`, `${target}.old-${nonce}`];
  at?.('read');
  try {
    // The file itself under a second name: what is written into it later is found there.
    const isKept = text !== null && (await keep(target, old));
    if (next !== null) {
      await writeFile(aside, next, { mode: 0o600, flag: 'wx', flush: true });
      await chmod(aside, isThere ? (await stat(target)).mode & 0o777 : modes.file);
    }
    if ((await read(path)) !== text || (isKept && !(await isOneFile(target, old)))) return await read(path);
    at?.('looked');
    if (next === null) {
      // rename(2) does nothing if both names are one file.
      await rm(old, { force: true });
      await rename(target, old);
    } else if (text !== null) await rename(aside, target);
    else if (!(await placeNew(aside, target))) return await read(path);
    at?.('placed');
    if (text === null || (next !== null && !isKept)) return await read(path);
    const left = await read(old);
    if (left === text) return await read(path);
    // Another program wrote into the old file after our last check; unless there is something newer, that counts.
    return (await read(path)) === next ? await takeBack(path, left, next, order) : await read(path);
  } finally {
    await rm(aside, { force: true });
    await rm(old, { force: true });
  }
}

/** What was written into the replaced file, with our change in it, replaces what we wrote. */
async function takeBack(path: string, left: Text, next: Text, order: Rewriting): Promise<Text> {
  const merged = await order.change(left);
  if (merged === next) return next;
  return await place(path, next, merged === null ? left : merged, { ...order, at: () => {} });
}

/** false: this file system has no links, and there is no check afterwards. */
const keep = (target: string, old: string): Promise<boolean> => succeeds(link(target, old));

async function isOneFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([stat(one), stat(other)]);
  return a.ino === b.ino && a.dev === b.dev;
}

/** false: another program created one meanwhile. */
async function placeNew(aside: string, target: string): Promise<boolean> {
  try {
    await link(aside, target);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    await writeFile(target, await readFile(aside), { flag: 'wx', mode: 0o600, flush: true });
    return true;
  }
}

const asCannotCreate = (path: string) => (error: unknown) => {
  if (isRunnerError(error)) throw error;
  throw cannotCreateError(`${path} cannot be written: ${errnoOf(error) ?? error}`, untouched(error));
};
