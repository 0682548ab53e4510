/** The token of a wake socket: 256 random bits, new at each start of the peer, and in no log. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { newNonce } from '#blackboard/system/ids.ts';

export const newToken = (): string => randomBytes(32).toString('base64');

/** Whether a client sent the token. Takes the same time for every wrong one, of any length. */
export function isToken(said: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(said), digest(token));
}

/** Writes the token where every reader of the directory finds it: 0400, complete, replacing the previous one. */
export function writeToken(path: string, token: string): void {
  const temporary = `${path}.${newNonce().slice(0, 8)}`;
  writeFileSync(temporary, `${token}\n`, { flag: 'wx', mode: 0o400 });
  // Whatever the umask was.
  chmodSync(temporary, 0o400);
  renameSync(temporary, path);
}

/** The token, or null if there is none: the peer does not run. */
export function readToken(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

export const removeToken = (path: string): void => rmSync(path, { force: true });
