/** Identifiers: time-ordered for messages, derived where a repeated effect must meet its own earlier name. */
import { createHash } from 'node:crypto';
import { randomBytes } from '#blackboard/system/random.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const isMessageId = (text: string): boolean => UUID.test(text);

const format = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;

/** The last id's millisecond, and the 12 bits behind it that count on where the clock does not. */
let last = { ms: 0, count: 0 };

/** If the clock is set back by less (milliseconds), the order stays; if by more, ids start again from the clock. */
const SET_BACK_MS = 1_000;

/**
 * UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, 12 bits of a counter, then random bits. Within one process each
 * sorts after the one before (method 1 of section 6.2: the counter starts at random in its lower half; when it is full,
 * the time goes one millisecond ahead).
 */
export function newId(nowMs: number): string {
  const bytes = Buffer.alloc(16);
  Buffer.from(randomBytes(10)).copy(bytes, 6, 0, 10);
  const nowWholeMs = Math.max(0, Math.floor(nowMs));
  const isNext = nowWholeMs > last.ms || nowWholeMs < last.ms - SET_BACK_MS;
  if (isNext) last = { ms: nowWholeMs, count: bytes.readUInt16BE(6) & 0x7ff };
  else if (last.count < 0xfff) last = { ms: last.ms, count: last.count + 1 };
  else last = { ms: last.ms + 1, count: 0 };
  bytes.writeUIntBE(last.ms, 0, 6);
  bytes.writeUInt16BE(0x7000 | last.count, 6);
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
