/**
 * One writer for each pane: who holds it listens at a socket, so the kernel lets go of it however its process ends. On Linux all
 * want one name, without a file. Such names are of one network namespace: a container that has only the socket of tmux from
 * outside does not meet the writers outside. Elsewhere each has a file of its own, and holds the pane if no other one answers.
 */
import { readdir, rename, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#blackboard/system/clock.ts';
import { errnoOf, temporaryError } from '#blackboard/system/errors.ts';
import { derivedId, newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';

/** Waits for its turn; the returned function lets go. Throws 75 if another call does not end. */
export async function lockPane(
  socket: string,
  pane: string,
  waitMs: number = limits.paneTurnMs,
  platform: NodeJS.Platform = process.platform,
): Promise<() => void> {
  const take = platform === 'linux' ? takeName : takeFile;
  for (const beganMs = systemClock.monotonicMs(); ; ) {
    const release = await take(derivedId(socket, pane));
    if (release) return release;
    if (systemClock.monotonicMs() - beganMs >= waitMs)
      throw temporaryError(`another call writes to this pane, and did not end within ${waitMs / 1000} s`);
    // Two that came at once have both left: they do not come back at once.
    await systemClock.sleep(limits.paneLookMs * (1 + Math.random()));
  }
}

/** null: another one has it. */
type Take = (id: string) => Promise<(() => void) | null>;

const takeName: Take = async id => {
  const server = await listen(`\0agent-runner-${process.getuid?.() ?? 0}-${id}`);
  return server && (() => void server.close());
};

/** Where the files of those that want a pane are. Short: a socket's path has 103 bytes on macOS, and this directory 49 of them. */
export const lockFiles = (socket: string, pane: string): string => join(tmpdir(), prefixOf(derivedId(socket, pane)));
const prefixOf = (id: string): string => `ar-pane-${id.slice(-12)}.`;

const takeFile: Take = async id => {
  const prefix = prefixOf(id);
  if (await isHeld(prefix, '')) return null;
  const own = `${prefix}${newNonce().slice(0, 8)}`;
  const path = join(tmpdir(), own);
  // It gets the name that others look for once it listens: a file at which nobody does is of a dead process, for good.
  const server = (await listen(`${path}~`))!;
  await rename(`${path}~`, path);
  const release = () => {
    void unlink(path).catch(() => {});
    server.close();
  };
  if (!(await isHeld(prefix, own))) return release;
  release();
  return null;
};

/** Whether anybody else has such a file and lives. Those of the dead are removed: no other process ever gets their names. */
async function isHeld(prefix: string, own: string): Promise<boolean> {
  const names = (await readdir(tmpdir())).filter(
    name => name.startsWith(prefix) && name !== own && !name.endsWith('~'),
  );
  for (const name of names) {
    const path = join(tmpdir(), name);
    if (await answers(path)) return true;
    await unlink(path).catch(() => {});
  }
  return false;
}

/** null: the name is taken. */
const listen = (path: string): Promise<Server | null> =>
  new Promise((resolve, reject) => {
    const server = createServer(connection => connection.destroy());
    server.once('error', error => (errnoOf(error) === 'EADDRINUSE' ? resolve(null) : reject(error)));
    server.listen(path, () => resolve(server));
  });

const answers = (path: string): Promise<boolean> =>
  new Promise(resolve => {
    const client = connect(path, () => {
      client.destroy();
      resolve(true);
    });
    client.once('error', error => resolve(!['ECONNREFUSED', 'ENOENT'].includes(errnoOf(error) ?? '')));
  });
