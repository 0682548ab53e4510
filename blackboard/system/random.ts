/** Random bytes without node:crypto, which takes milliseconds to load: every message and every hook needs a few. */
import * as crypto from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

/** The kernel's own generator: random(4) on Linux and macOS. */
const SOURCE = '/dev/urandom';
/** Read at once, since a nonce takes 16 of them. The kernel is never short of so many. */
const AHEAD_BYTES = 256;
/** Read and not given away yet. */
let ahead: Uint8Array = new Uint8Array();

/** Cryptographically strong. Where the device cannot be read (a chroot without one, no descriptor left), node:crypto's. */
export function randomBytes(count: number): Uint8Array {
  if (ahead.length < count) {
    const bytes = Buffer.alloc(Math.max(count, AHEAD_BYTES));
    if (!readFrom(SOURCE, bytes)) return crypto.randomBytes(count);
    ahead = bytes;
  }
  const bytes = ahead.subarray(0, count);
  ahead = ahead.subarray(count);
  return bytes;
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
