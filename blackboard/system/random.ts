/** Random bytes without node:crypto, which takes milliseconds to load: every message and every hook needs a few. */
import * as crypto from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

/** The kernel's own generator: random(4) on Linux and macOS. Never short below 256 bytes. */
const SOURCE = '/dev/urandom';

/** Cryptographically strong. Where the device cannot be read (a chroot without one, no descriptor left), node:crypto's. */
export function randomBytes(count: number): Uint8Array {
  const bytes = Buffer.alloc(count);
  return readFrom(SOURCE, bytes) ? bytes : crypto.randomBytes(count);
}

/** Whether all of it was filled from there. */
function readFrom(device: string, bytes: Uint8Array): boolean {
  try {
    const file = openSync(device, 'r');
    try {
      return readSync(file, bytes) === bytes.length;
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}
