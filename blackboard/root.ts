/** The root: which directory it is, whether it may be trusted, and how it is made. Never found by walking upwards. */
import { lstatSync, mkdirSync, realpathSync, statfsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeBoard } from '#blackboard/board/post.ts';
import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { accessError } from '#blackboard/system/access-words.ts';
import { isDenied } from '#blackboard/system/denied.ts';
import { cannotCreateError, errnoOf, noSuchError, refusedError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { homeDirectory } from '#blackboard/system/home-directory.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { LOST_LINK_HINT } from '#blackboard/system/lost-link.ts';
import { quoted } from '#blackboard/text/shell-word.ts';

/** `--root`, else $AGENT_RUNNER_HOME, else ~/.agent-runner; absolute. */
export function rootPath(option: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  return resolve(option || env.AGENT_RUNNER_HOME || join(homeDirectory(env), '.agent-runner'));
}

/**
 * The root, checked: it exists, it is ours, and nobody else can write to it. Otherwise an error with the next step (66
 * not created yet, 77 not to be trusted). `isUsual`: no --root is needed to name it.
 */
export async function requireRoot(root: string, isUsual = false): Promise<string> {
  const real = requireTrust(root, isUsual);
  for (const name of DIRECTORIES) requireDirectory(join(real, name));
  const agents = tried(
    () => lstatSync(join(real, 'agents')),
    error => {
      // One that cannot be read does not count as empty.
      if (isDenied(error)) throw accessError(error) ?? error;
      return null;
    },
  );
  if (agents === null)
    throw noSuchError(
      `${root} is no root of agent-runner: it has no agents/`,
      `Make one with: ${initCommand(root, isUsual)}`,
    );
  return real;
}

/** Looks at once, here and below: every command looks at its root first, and would start the thread pool for it. */
function tried<T, V>(look: () => T, failed: (error: unknown) => V): T | V {
  try {
    return look();
  } catch (error) {
    return failed(error);
  }
}

const none = () => null;

/** Which may be links to directories elsewhere. */
const DIRECTORIES = ['agents', 'operator', 'sessions', 'board'];

/** A missing one may be created later; a broken link, or a file instead of it, would read as if it were empty. */
function requireDirectory(path: string): void {
  const found = tried(() => statSync(path), none);
  if (found?.isDirectory()) return;
  if (found) throw refusedError(`${path} is not a directory`, 'Move it away, then: agent-runner init');
  if (tried(() => lstatSync(path), none)?.isSymbolicLink())
    throw noSuchError(`${path} is a link that leads nowhere`, LOST_LINK_HINT.replace('file', 'directory'));
}

/** A root given with --root is repeated in the hint, or another one would be created. */
const initCommand = (root: string, isUsual: boolean): string =>
  `agent-runner ${isUsual ? '' : `--root ${quoted(root)} `}init`;

const OWN_ROOT = 'Name one of your own with --root <directory> or $AGENT_RUNNER_HOME.';

/** The directory's real path, if it exists and only we can have put anything into it. */
function requireTrust(root: string, isUsual = false): string {
  const found = tried(
    () => lstatSync(root),
    error => {
      if (errnoOf(error) === 'ENOENT') return null;
      throw accessError(error) ?? refusedError(`the root ${root} cannot be looked at: ${errnoOf(error)}`, OWN_ROOT);
    },
  );
  if (!found) throw noSuchError(`there is no root at ${root} yet`, `Make it with: ${initCommand(root, isUsual)}`);
  const real = tried(
    () => realpathSync.native(root),
    error => {
      throw refusedError(`the root ${root} is a link that leads nowhere: ${errnoOf(error)}`, OWN_ROOT);
    },
  );
  const facts = lstatSync(real);
  if (!facts.isDirectory()) throw refusedError(`the root ${root} is not a directory`, OWN_ROOT);
  const uid = process.getuid?.();
  if (uid !== undefined && facts.uid !== uid)
    throw refusedError(`the root ${root} belongs to uid ${facts.uid}, not to you (uid ${uid})`, OWN_ROOT);
  if ((facts.mode & 0o022) !== 0)
    throw refusedError(
      `others can write in the root ${root} (mode ${(facts.mode & 0o777).toString(8)})`,
      // A directory that everybody shares, such as /tmp, is not ours to close.
      (facts.mode & 0o1000) !== 0 ? OWN_ROOT : `Shut it: chmod 700 ${root}`,
    );
  return real;
}

/** The same, for what can be shown without a root: the path itself if nothing exists yet. */
export async function rootIfThere(root: string): Promise<string> {
  const isThere = tried(() => lstatSync(root) !== undefined, isDenied);
  return isThere ? requireRoot(root) : root;
}

/** File systems whose locks, links or events are not reliable, by statfs(2) magic number. */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9p'],
  [0x65735546, 'FUSE'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
]);

/** The name of the network file system that contains a directory; null: a local one. */
export const networkFileSystemOf = async (directory: string): Promise<string | null> =>
  NETWORK.get(statfsSync(directory).type) ?? null;

/** Throws (77) if something exists there that may not be trusted; if nothing exists, there is nothing to check. */
export async function requireTrustIfThere(root: string): Promise<void> {
  if (tried(() => lstatSync(root), none)) requireTrust(root);
}

/** Creates the root (0700) and everything in it that commands expect. Repeatable. */
export async function makeRoot(files: Files, root: string, forced: boolean): Promise<'made' | 'exists'> {
  const existed = tried(() => lstatSync(root), none);
  if (!existed) tried(() => mkdirSync(root, { recursive: true, mode: 0o700 }), cannotCreate(root));
  // Before anything is put into it: another user's directory stays as it is.
  requireTrust(root);
  if (!forced) await proveFileSystem(files, root);
  const layout = rootLayout(root);
  for (const directory of [layout.agents, layout.operator, layout.costs, layout.runners, layout.logs])
    await files.makeDirectory(directory);
  for (const directory of [layout.sessions, layout.sessionNames, layout.sessionPids, layout.sessionStarts])
    await files.makeDirectory(directory);
  await makeBoard(files, root);
  await makeInbox(files, inboxLayout(layout.operator));
  await files.syncDirectory(root);
  await requireRoot(root);
  return existed ? 'exists' : 'made';
}

const cannotCreate = (root: string) => (error: unknown) => {
  throw cannotCreateError(`the root ${root} cannot be made: ${errnoOf(error) ?? error}`, OWN_ROOT);
};

/** Tries what the queue needs: hard links that refuse a taken name. Refuses network file systems. */
export async function proveFileSystem(files: Files, root: string): Promise<void> {
  const network = await networkFileSystemOf(root);
  const force = 'Choose a local directory with --root, or insist with: agent-runner init --force-filesystem';
  if (network) throw refusedError(`the root ${root} lies on a network file system (${network})`, force);
  const probe = join(root, `.probe-${newNonce().slice(0, 8)}`);
  try {
    await files.create(probe, 'x');
    const first = await files.link(probe, `${probe}-2`);
    const second = await files.link(probe, `${probe}-2`);
    if (first !== 'linked' || second !== 'exists')
      throw refusedError(`links in ${root} do not behave (${first}, ${second})`, force);
  } catch (error) {
    if (['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errnoOf(error) ?? ''))
      throw refusedError(`the file system of ${root} has no hard links (${errnoOf(error)})`, force);
    throw error;
  } finally {
    await files.remove(`${probe}-2`);
    await files.remove(probe);
  }
}
