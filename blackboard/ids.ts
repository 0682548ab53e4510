/** Identifiers: time-ordered for messages, derived where a repeated effect must meet its own earlier name. */
import { createHash } from 'node:crypto';
import { randomBytes } from './random.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const isMessageId = (text: string): boolean => UUID.test(text);

const format = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;

/** UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then random bits. `random` gives at least 10 bytes. */
export function newId(nowMs: number, random: Uint8Array = randomBytes(10)): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(Math.max(0, Math.floor(nowMs)), 0, 6);
  Buffer.from(random).copy(bytes, 6, 0, 10);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return format(bytes.toString('hex'));
}

/** UUIDv8 (RFC 9562) from the parts: the same parts always give the same id, so a repeated effect is EEXIST. */
export function derivedId(...parts: readonly string[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return format(bytes.toString('hex'));
}

/** 128 random bits in hex: a nonce or a boundary nobody can guess. */
export const newNonce = (random: Uint8Array = randomBytes(16)): string => Buffer.from(random).toString('hex');
