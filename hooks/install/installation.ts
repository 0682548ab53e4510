/**
 * Installs our hooks in a settings.json, and takes them out again. What the file was before is kept under the root, so that
 * uninstalling gives back the very bytes, if nobody has changed the file since; else only our own hooks are cut out.
 */
import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { badDataError, cannotCreateError, errnoOf } from '../../blackboard/errors.ts';
import { newNonce } from '../../blackboard/ids.ts';
import { rootLayout } from '../../blackboard/layout.ts';
import { LOST_LINK_HINT } from '../../blackboard/lost-link.ts';
import { claudeConfigDir } from '../session-files.ts';
import { findHooks, HOOK_EVENTS, type HookCommand, withHooks, withoutHooks } from './settings-text.ts';

export const SCOPES = ['user', 'project', 'local'] as const;
export type Scope = (typeof SCOPES)[number];

/** The settings file of a scope. */
export function settingsPath(scope: Scope, env: Readonly<Record<string, string | undefined>>, cwd: string): string {
  if (scope === 'user') return join(claudeConfigDir(env), 'settings.json');
  return join(cwd, '.claude', scope === 'project' ? 'settings.json' : 'settings.local.json');
}

export interface Change {
  path: string;
  /** null: there is no such file. */
  before: string | null;
  after: string | null;
  /** Where the bytes of before are kept. */
  backup: string | null;
}

/** What we know of an earlier installation: `installs/<hash>/record.json`, and `before` beside it where there was a file. */
interface InstallRecord {
  path: string;
  existed: boolean;
  /** sha256 of the file as we left it. */
  written: string;
}

/**
 * Puts the hooks in. Idempotent: the same call again changes nothing. `dry`: only says what it would do. `judge` is asked before
 * anything is written, and throws for a text that would not do.
 */
export async function install(
  root: string,
  path: string,
  command: HookCommand,
  dry: boolean,
  judge: (text: string) => Promise<void> = async () => {},
): Promise<Change> {
  const before = await readSettings(path);
  const known = before === null ? [] : findHooks(before, path);
  const isThere = before !== null && isComplete(known, command);
  const after = isThere ? before : withHooks(before ?? '', command, path);
  await judge(after);
  if (isThere) return { path, before, after, backup: null };
  const home = recordHome(root, path);
  const backup = before === null ? null : join(home, 'before');
  if (dry) return { path, before, after, backup: null };
  await mkdir(home, { recursive: true, mode: 0o700 });
  const earlier = await readInstall(root, path);
  const isOurs = earlier !== null && before !== null && hash(before) === earlier.written;
  // Installed anew over an installation that nobody touched: what was before that one is what there was before.
  if (!isOurs) {
    await rm(join(home, 'before'), { force: true });
    if (before !== null) await writeAside(join(home, 'before'), withoutHooks(before, path), 0o600);
  }
  const existed = isOurs ? earlier.existed : before !== null;
  const record: InstallRecord = { path, existed, written: hash(after) };
  await writeAside(join(home, 'record.json'), `${JSON.stringify(record)}\n`, 0o600);
  await writeSettings(path, after);
  return { path, before, after, backup };
}

/** Each event once, with this very command, and nothing else of ours. */
function isComplete(known: ReturnType<typeof findHooks>, command: HookCommand): boolean {
  return (
    known.length === HOOK_EVENTS.length &&
    HOOK_EVENTS.every(event =>
      known.some(
        hook =>
          hook.event === event &&
          hook.script === command.script &&
          hook.root === command.root &&
          hook.node === command.node &&
          hook.deliverOnStop === (event === 'Stop' && command.deliverOnStop),
      ),
    )
  );
}

/** Takes them out. A file that was made for them goes with them. */
export async function uninstall(root: string, path: string, dry: boolean): Promise<Change> {
  const before = await readSettings(path);
  if (before === null) return { path, before, after: null, backup: null };
  if (findHooks(before, path).length === 0) return { path, before, after: before, backup: null };
  const home = recordHome(root, path);
  const record = await readInstall(root, path);
  let after: string | null = withoutHooks(before, path);
  if (record && hash(before) === record.written)
    after = record.existed ? await readFile(join(home, 'before'), 'utf8').catch(() => after) : null;
  if (dry) return { path, before, after, backup: null };
  if (after === null) await rm(await realpath(path));
  else await writeSettings(path, after);
  await rm(home, { recursive: true, force: true });
  return { path, before, after, backup: null };
}

const recordHome = (root: string, path: string): string => join(rootLayout(root).installs, hash(path).slice(0, 16));

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

async function readInstall(root: string, path: string): Promise<InstallRecord | null> {
  try {
    return JSON.parse(await readFile(join(recordHome(root, path), 'record.json'), 'utf8')) as InstallRecord;
  } catch {
    return null;
  }
}

/** The text; null if there is no file. Throws bad data where it is no UTF-8, and so no JSON: what was read could not be given back. */
export async function readSettings(path: string): Promise<string | null> {
  const bytes = await readFile(path).catch(async error => {
    const isLink = await lstat(path).then(
      found => found.isSymbolicLink(),
      () => false,
    );
    if (errnoOf(error) === 'ENOENT' && isLink)
      throw cannotCreateError(`${path} is a link that leads nowhere`, LOST_LINK_HINT);
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw cannotCreateError(`${path} cannot be read: ${errnoOf(error) ?? error}`, 'It was not touched.');
  });
  try {
    return bytes && new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw badDataError(`${path} is not valid JSON: it is not UTF-8`, 'Mend it first; it was not touched.');
  }
}

/** Whole or not at all: written aside and renamed. A link stays a link, and the mode what it was. */
async function writeSettings(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const isThere = await lstat(path).catch(() => null);
    const target = isThere ? await realpath(path) : path;
    await writeAside(target, text, isThere ? (await stat(target)).mode & 0o777 : 0o644);
  } catch (error) {
    throw cannotCreateError(`${path} cannot be written: ${errnoOf(error) ?? error}`, 'It was not touched.');
  }
}

async function writeAside(path: string, text: string, mode: number): Promise<void> {
  const aside = `${path}.tmp-${newNonce().slice(0, 12)}`;
  await writeFile(aside, text, { mode, flag: 'wx', flush: true });
  await rename(aside, path);
}
