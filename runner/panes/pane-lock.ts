/**
 * One writer for each pane. The lock is a socket that listens, under a name without a file (Linux), so the kernel lets go of it
 * however its process ends. Elsewhere it is a file, and one that nobody listens at is removed.
 */
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#blackboard/system/clock.ts';
import { errnoOf, temporaryError } from '#blackboard/system/errors.ts';
import { derivedId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';

/** Waits for its turn; the returned function lets go. Throws 75 if another call does not end. */
export async function lockPane(
  socket: string,
  pane: string,
  waitMs: number = limits.paneTurnMs,
  platform: NodeJS.Platform = process.platform,
): Promise<() => void> {
  const path = lockPath(socket, pane, platform);
  for (const beganMs = systemClock.monotonicMs(); ; ) {
    const server = await listen(path);
    if (server) return () => void server.close();
    if (systemClock.monotonicMs() - beganMs >= waitMs)
      throw temporaryError(`another call writes to this pane, and did not end within ${waitMs / 1000} s`);
    if (!path.startsWith('\0') && !(await answers(path))) await unlink(path).catch(() => {});
    await systemClock.sleep(limits.paneLookMs);
  }
}

/** Where its holder listens. */
export function lockPath(socket: string, pane: string, platform: NodeJS.Platform = process.platform): string {
  const word = `agent-runner-${process.getuid?.() ?? 0}-${derivedId(socket, pane)}`;
  return platform === 'linux' ? `\0${word}` : join(tmpdir(), word);
}

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
    client.once('error', error => resolve(errnoOf(error) !== 'ECONNREFUSED'));
  });
