/**
 * Installs our hooks in a settings.json, and removes them. The file's earlier content is kept under the root, so that
 * uninstalling restores it byte for byte if nobody has changed the file since; else only our own hooks are removed.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import { untouched } from '#blackboard/system/access-words.ts';
import { badDataError, cannotCreateError, errnoOf, refusedError } from '#blackboard/system/errors.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { LOST_LINK_HINT } from '#blackboard/system/lost-link.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import { claudeConfigDir } from '#hooks/claude/session-files.ts';
import { type Rewriting, rewrite, type Text } from '#hooks/install/rewrite.ts';
import {
  commandLine,
  eventsOf,
  findHooks,
  type HookCommand,
  withHooks,
  withoutHooks,
} from '#hooks/install/settings-text.ts';

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
  /** Where the earlier bytes are kept. */
  backup: string | null;
}

/** What becomes of the file. */
export function effectOf({ before, after }: Pick<Change, 'before' | 'after'>): 'none' | 'made' | 'changed' | 'removed' {
  if (before === after) return 'none';
  if (after === null) return 'removed';
  return before === null ? 'made' : 'changed';
}

/**
 * What we know of an earlier installation: `installs/<hash>/record.json`, and `before` beside it if there was a file.
 */
interface InstallRecord {
  path: string;
  existed: boolean;
  /** sha256 of the file as we left it. */
  written: string;
}

/** For new files; an existing file keeps its mode. */
const MODES = {
  own: { file: 0o600, directory: 0o700 },
  /** A project's file goes into its repository, so others may read it. */
  shared: { file: 0o644, directory: 0o755 },
};

export interface InstallOptions {
  /** Called before anything is written; throws for a text that is not acceptable. */
  judge?(text: string): Promise<void>;
  isShared?: boolean;
  /** For tests: another program acts here. */
  at?: Rewriting['at'];
}

/**
 * Installs the hooks. Idempotent: the same call again changes nothing. `dry`: only says what it would do. Throws
 * refused if there are hooks of another root: each root would tell the news, and a file has the hooks of one root.
 */
export async function install(
  root: string,
  path: string,
  command: HookCommand,
  dry: boolean,
  { judge = async () => {}, isShared = false, at }: InstallOptions = {},
): Promise<Change> {
  const home = recordHome(root, path);
  const change = async (before: Text): Promise<string> => {
    const known = before === null ? [] : findHooks(before, path);
    refuseOtherRoot(known, command.root, path);
    const after = before !== null && isComplete(known, command) ? before : withHooks(before ?? '', command, path);
    await judge(after);
    return after;
  };
  const found = await readSettings(path);
  const wanted = await change(found);
  if (dry || wanted === found) return { path, before: found, after: wanted, backup: null };
  await mkdir(home, { recursive: true, mode: 0o700 });
  const { before, after } = await rewrite(path, {
    read: readSettings,
    modes: isShared ? MODES.shared : MODES.own,
    ...(at ? { at } : {}),
    async change(text) {
      const next = await change(text);
      if (next !== text) await keepRecord(root, path, text, next);
      return next;
    },
  });
  return { path, before, after, backup: before === null ? null : join(home, 'before') };
}

/** The earlier content, on disk before the settings are changed. */
async function keepRecord(root: string, path: string, before: Text, after: string): Promise<void> {
  const home = recordHome(root, path);
  const earlier = await readInstall(root, path);
  const isOurs = earlier !== null && before !== null && hash(before) === earlier.written;
  // Installed again over an installation that nobody changed: the earlier content stays the same.
  if (!isOurs) {
    await rm(join(home, 'before'), { force: true });
    if (before !== null) await writeAside(join(home, 'before'), withoutHooks(before, path), 0o600);
  }
  const existed = isOurs ? earlier.existed : before !== null;
  const record: InstallRecord = { path, existed, written: hash(after) };
  await writeAside(join(home, 'record.json'), `${JSON.stringify(record)}\n`, 0o600);
}

/** Hooks of a root that is gone may be replaced. */
function refuseOtherRoot(known: ReturnType<typeof findHooks>, root: string, path: string): void {
  const other = known.find(hook => hook.root !== root && isRoot(hook.root));
  if (!other) return;
  throw refusedError(
    `${path} has the hooks of another root, ${other.root}, and one file has those of one`,
    `Take them out first: agent-runner --root ${quoted(other.root)} hooks uninstall (or install into another file: --project, --local)`,
  );
}

const isRoot = (root: string): boolean => existsSync(join(root, 'agents'));

/** Each event once, with this exact command, and no other hooks of ours. */
function isComplete(known: ReturnType<typeof findHooks>, command: HookCommand): boolean {
  const lines = new Set(known.map(hook => commandLine(hook.event, hook)));
  const events = eventsOf(command);
  return known.length === events.length && events.every(event => lines.has(commandLine(event, command)));
}

/** Removes them; those of another root stay if that root exists. A file that was created for them is deleted. */
export async function uninstall(root: string, path: string, dry: boolean, at?: Rewriting['at']): Promise<Change> {
  const home = recordHome(root, path);
  const isOurs = (hook: HookCommand): boolean => hook.root === root || !isRoot(hook.root);
  const change = async (text: Text): Promise<Text> => {
    if (text === null || !findHooks(text, path).some(isOurs)) return text;
    const record = await readInstall(root, path);
    const cut = withoutHooks(text, path, isOurs);
    if (!record || hash(text) !== record.written) return cut;
    return record.existed ? await readFile(join(home, 'before'), 'utf8').catch(() => cut) : null;
  };
  const found = await readSettings(path);
  const wanted = await change(found);
  if (dry || wanted === found) return { path, before: found, after: wanted, backup: null };
  const { before, after } = await rewrite(path, {
    read: readSettings,
    modes: MODES.own,
    change,
    ...(at ? { at } : {}),
  });
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

/**
 * The text; null if there is no file. Throws bad data if it is not UTF-8, and so not JSON: it could not be restored.
 */
export async function readSettings(path: string): Promise<string | null> {
  const bytes = await readFile(path).catch(async error => {
    const isLink = await lstat(path).then(
      found => found.isSymbolicLink(),
      () => false,
    );
    if (errnoOf(error) === 'ENOENT' && isLink)
      throw cannotCreateError(`${path} is a link that leads nowhere`, LOST_LINK_HINT);
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw cannotCreateError(`${path} cannot be read: ${errnoOf(error) ?? error}`, untouched(error));
  });
  try {
    return bytes && new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw badDataError(`${path} is not valid JSON: it is not UTF-8`, 'Mend it first; it was not touched.');
  }
}

async function writeAside(path: string, text: string, mode: number): Promise<void> {
  const aside = `${path}.tmp-${newNonce().slice(0, 12)}`;
  await writeFile(aside, text, { mode, flag: 'wx', flush: true });
  await rename(aside, path);
}
