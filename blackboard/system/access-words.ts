/** Explains a refused system call to people: which path, what was expected of it, and the command that fixes it. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { badDataError, errnoOf, exitCode, RunnerError, refusedError } from '#blackboard/system/errors.ts';
import { quoted } from '#blackboard/text/shell-word.ts';

/** null: its errno is another one, or it names no path. */
export function accessError(error: unknown): RunnerError | null {
  const errno = errnoOf(error);
  const { path, dest, syscall } = error as NodeJS.ErrnoException & { dest?: string };
  if (typeof path !== 'string' || !isAbsolute(path)) return null;
  const shown = dest ?? path;
  if (errno === 'EISDIR')
    return badDataError(`${shown} is a directory: expected a file`, `Look at it, and move it away: ${look(shown)}`);
  if (errno === 'ENOTDIR') {
    const inTheWay = parentsOf(shown).find(isNoDirectory) ?? shown;
    return badDataError(
      `${inTheWay} is not a directory: expected one`,
      `Look at it, and move it away: ${look(inTheWay)}`,
    );
  }
  if (errno === 'ELOOP')
    return badDataError(`${shown} is a link that leads to itself`, `Look at it, and remove it: ${look(shown)}`);
  if (errno === 'ENOTEMPTY')
    return badDataError(`${shown} is not empty: expected nothing in it`, `See what there is: ${look(shown)}`);
  if (errno === 'EROFS')
    return new RunnerError('read-only', `${shown} cannot be written: its disk is mounted read-only (${errno})`, {
      kind: 'temporary',
      exit: exitCode.temporary,
      hint: 'Look why (dmesg), then mount it with rw.',
    });
  if (errno !== 'EACCES' && errno !== 'EPERM') return null;
  const shut = [path, ...(dest === undefined ? [] : [dest])].map(each => shutOn(each, syscall)).find(Boolean);
  if (!shut) return refusedError(`${shown} cannot be changed: not permitted (${errno})`, `Look: ${look(shown)}`);
  return refusedError(`${shut.path} cannot be ${shut.to}: permission denied (${errno})`, mend(shut.path));
}

/** The hint for an error about a file that was not changed. */
export const untouched = (error: unknown): string =>
  ['It was not touched.', accessError(error)?.hint ?? ''].join(' ').trimEnd();

const look = (path: string): string => `ls -ld ${quoted(path)}`;

/** Reading syscalls, as Node names them; any other writes into the directory or the file. */
const READING = new Set(['scandir', 'opendir', 'lstat', 'stat', 'readlink', 'access', 'realpath', 'statfs']);

/** Which directories on the way to `path` are closed to us, the highest first. */
function shutOn(path: string, syscall: string | undefined): { path: string; to: string } | null {
  for (const directory of parentsOf(path))
    if (!may(directory, constants.X_OK)) return { path: directory, to: 'entered' };
  if (!may(path, constants.R_OK)) return { path, to: 'read' };
  if (READING.has(syscall ?? '')) return may(path, constants.X_OK) ? null : { path, to: 'entered' };
  const parent = dirname(path);
  if (!may(parent, constants.W_OK)) return { path: parent, to: 'written in' };
  return may(path, constants.W_OK) ? null : { path, to: 'written' };
}

function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let at = dirname(path); ; at = dirname(at)) {
    parents.unshift(at);
    if (at === dirname(at)) return parents;
  }
}

function isNoDirectory(path: string): boolean {
  try {
    return !statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** A missing one is not what refuses us. */
function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch (error) {
    return errnoOf(error) !== 'EACCES' && errnoOf(error) !== 'EPERM';
  }
}

/** By its mode if it is ours, else by giving it to us, which only its owner or root should do. */
function mend(path: string): string {
  const uid = ownerOf(path);
  if (uid === process.getuid?.()) return `Make it yours again: chmod u+rwX ${quoted(path)}`;
  const whose = uid === null ? '' : ` (it belongs to uid ${uid})`;
  return `Use one of your own, or make it yours${whose}: sudo chown "$(id -un)" ${quoted(path)} && chmod u+rwX ${quoted(path)}`;
}

function ownerOf(path: string): number | null {
  try {
    return statSync(path).uid;
  } catch {
    return null;
  }
}
