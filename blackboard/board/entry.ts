/**
 * An entry of the board: one line of JSON. This is the codec, without effects. It knows nothing of segments or readers.
 */

import { isMessageId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { parseObject } from '#blackboard/text/json.ts';

export const ENTRY_KINDS = ['note', 'task', 'question', 'status', 'alert', 'artifact'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

export interface Entry {
  /** UUIDv7: if two entries have the same id, only one of them counts. */
  id: string;
  /** ISO 8601, UTC. */
  at: string;
  /** The peer that posted it. */
  from: string;
  kind: EntryKind;
  text: string;
  topic?: string;
  /** Within its topic: the newest value replaces the older ones when the board is shown (`visibleBackward`). */
  key?: string;
  /** A path or an address that the text refers to. */
  ref?: string;
  /** ISO 8601, UTC: not shown after this instant. */
  expiresAt?: string;
  /** The text above is only the beginning; all of it is in `board/texts/<id>`. */
  long?: { bytes: number };
  /**
   * Of a compare-and-set: the place up to which its poster had seen the newest value of the key. The line counts only if no other
   * value of the key lies between there and itself (superseded.ts).
   */
  readTo?: string;
}

export const isEntryKind = (text: string): text is EntryKind => (ENTRY_KINDS as readonly string[]).includes(text);

/** One line without its newline. */
export const encodeEntry = (entry: Entry): string => JSON.stringify(entry);

/** Whether the entry's line may be written to the board unchanged. */
export const fitsLine = (entry: Entry): boolean => Buffer.byteLength(encodeEntry(entry)) < limits.entryBytesMax;

/**
 * Reads one line; null for an incomplete or foreign one. Written by hand, without zod: the hook runs it at every prompt
 * that finds news, and zod alone would double its start-up time.
 */
export function decodeEntry(line: string): Entry | null {
  if (!line.startsWith('{"')) return null;
  const { id, at, from, kind, text, topic, key, ref, expiresAt, long, readTo } = parseObject(line) ?? {};
  if (!isText(id) || !isMessageId(id) || !isInstant(at) || !isText(from) || !isText(text)) return null;
  if (!isText(kind) || !isEntryKind(kind)) return null;
  return {
    id,
    at,
    from,
    kind,
    text,
    ...(isText(topic) ? { topic } : {}),
    ...(isText(key) ? { key } : {}),
    ...(isText(ref) ? { ref } : {}),
    ...(isInstant(expiresAt) ? { expiresAt } : {}),
    ...(isLong(long) ? { long: { bytes: long.bytes } } : {}),
    ...(isText(readTo) ? { readTo } : {}),
  };
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isInstant = (value: unknown): value is string => isText(value) && Number.isFinite(Date.parse(value));
const isLong = (value: unknown): value is { bytes: number } =>
  typeof value === 'object' && value !== null && typeof (value as { bytes?: unknown }).bytes === 'number';

export const isExpired = (entry: Entry, nowMs: number): boolean =>
  entry.expiresAt !== undefined && Date.parse(entry.expiresAt) <= nowMs;

/**
 * Who asks: a viewer who wants what is valid now, or a reader who moves its cursor past the last entry and never
 * returns. Such a reader is also shown an older value if the newer one expires first; otherwise the older value would
 * become valid again behind its cursor.
 */
export type Asks = 'looks' | 'moves-on';

/** What is shown of a part of the board, in its order: no expired entries, and only the newest value of each key. */
export const visibleEntries = (entries: readonly Entry[], nowMs: number, asks: Asks = 'looks'): Entry[] =>
  [...entries].reverse().filter(visibleBackward(nowMs, asks)).reverse();

/**
 * The same rule when reading from the newest to the oldest: called for each entry in turn. A key belongs to its topic.
 * An entry replaces the older ones with its topic and key, but an alert only if both have the same author: nobody
 * removes somebody else's alert. An expired entry replaces nothing.
 */
export function visibleBackward(nowMs: number, asks: Asks = 'looks'): (entry: Entry) => boolean {
  const seen = new Set<string>();
  /** Until when a newer entry replaces this one, Unix milliseconds. */
  const takenUntil = new Map<string, number>();
  return entry => {
    const { id, topic = null, key, kind, from, expiresAt } = entry;
    if (seen.has(id) || isExpired(entry, nowMs)) return false;
    seen.add(id);
    if (key === undefined) return true;
    const untilMs = expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
    const [everybodys, ones] = [JSON.stringify([topic, key]), JSON.stringify([topic, key, from])];
    const taken = takenUntil.get(kind === 'alert' ? ones : everybodys);
    for (const place of [everybodys, ones]) takenUntil.set(place, Math.max(takenUntil.get(place) ?? untilMs, untilMs));
    return taken === undefined || (asks === 'moves-on' && taken < untilMs);
  };
}
