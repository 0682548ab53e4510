/** An entry of the board: one line of JSON. The codec, without any effect. Knows nothing of segments or readers. */
import { isMessageId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';

export const ENTRY_KINDS = ['note', 'task', 'question', 'status', 'alert', 'artifact'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

export interface Entry {
  /** UUIDv7: of two entries with one id, only one is an entry. */
  id: string;
  /** ISO 8601, UTC. */
  at: string;
  /** The peer that posted it. */
  from: string;
  kind: EntryKind;
  text: string;
  topic?: string;
  /** Within its topic: the newest value takes the place of the older ones in what is shown (`visibleBackward`). */
  key?: string;
  /** A path or an address that the text is about. */
  ref?: string;
  /** ISO 8601, UTC: not shown from then on. */
  expiresAt?: string;
  /** The text above is only its beginning: the whole stands in `board/texts/<id>`. */
  long?: { bytes: number };
}

export const isEntryKind = (text: string): text is EntryKind => (ENTRY_KINDS as readonly string[]).includes(text);

/** One line without its newline. */
export const encodeEntry = (entry: Entry): string => JSON.stringify(entry);

/** Whether the line of an entry may stand on the board as it is. */
export const fitsLine = (entry: Entry): boolean => Buffer.byteLength(encodeEntry(entry)) < limits.entryBytesMax;

/**
 * Reads one line; null for a torn or foreign one. By hand and not with zod: the hook reads it on every prompt that finds
 * something new, and zod alone would double its start.
 */
export function decodeEntry(line: string): Entry | null {
  if (!line.startsWith('{"')) return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const { id, at, from, kind, text, topic, key, ref, expiresAt, long } = value as Record<string, unknown>;
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
  };
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isInstant = (value: unknown): value is string => isText(value) && Number.isFinite(Date.parse(value));
const isLong = (value: unknown): value is { bytes: number } =>
  typeof value === 'object' && value !== null && typeof (value as { bytes?: unknown }).bytes === 'number';

export const isExpired = (entry: Entry, nowMs: number): boolean =>
  entry.expiresAt !== undefined && Date.parse(entry.expiresAt) <= nowMs;

/**
 * Who asks: somebody who looks at what holds now, or a reader who moves on behind the last entry and never comes back to it. To the
 * latter an older value is told as well where the newer one holds for a shorter time: it would come back behind his back.
 */
export type Asks = 'looks' | 'moves-on';

/** What is shown of a stretch of the board, in its order: not what is expired, and the newest value of each key. */
export const visibleEntries = (entries: readonly Entry[], nowMs: number, asks: Asks = 'looks'): Entry[] =>
  [...entries].reverse().filter(visibleBackward(nowMs, asks)).reverse();

/**
 * The same rule for one who reads from the newest to the oldest: asked for each entry in turn. A key belongs to its topic. An entry
 * takes the place of the older ones with its topic and key, but of an alert only where both are of one author: nobody takes
 * somebody else's alert off the board. What is expired takes nobody's place.
 */
export function visibleBackward(nowMs: number, asks: Asks = 'looks'): (entry: Entry) => boolean {
  const seen = new Set<string>();
  /** Until when a newer entry stands in the place, Unix milliseconds. */
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
