/** The token of a wake socket: 256 random bits, new at each start of the peer, and in no log. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, open, readFile, rename, rm } from 'node:fs/promises';
import { newNonce } from '#blackboard/system/ids.ts';

export const newToken = (): string => randomBytes(32).toString('base64');

/** Whether a client sent the token. Takes the same time for every wrong one, of any length. */
export function isToken(said: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(said), digest(token));
}

/** Writes the token where every reader of the directory finds it: 0400, complete, replacing the previous one. */
export async function writeToken(path: string, token: string): Promise<void> {
  const temporary = `${path}.${newNonce().slice(0, 8)}`;
  const file = await open(temporary, 'wx', 0o400);
  try {
    await file.writeFile(`${token}\n`);
  } finally {
    await file.close();
  }
  // Whatever the umask was.
  await chmod(temporary, 0o400);
  await rename(temporary, path);
}

/** The token, or null if there is none: the peer does not run. */
export const readToken = (path: string): Promise<string | null> =>
  readFile(path, 'utf8').then(
    text => text.trim(),
    () => null,
  );

export const removeToken = (path: string): Promise<void> => rm(path, { force: true });
