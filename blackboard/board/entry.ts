/** An entry of the board: one line of JSON. The codec, without any effect. Knows nothing of segments or readers. */
import { isMessageId } from '../ids.ts';
import { limits } from '../limits.ts';

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
  /** The newest value of a key replaces the older ones in what readers are shown. */
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

/** What a reader is shown of a stretch of the board, in its order: not what is expired, and the newest value of each key. */
export function visibleEntries(entries: readonly Entry[], nowMs: number): Entry[] {
  const newest = new Map<string, Entry>();
  const seen = new Set<string>();
  for (const entry of entries) if (entry.key !== undefined) newest.set(entry.key, entry);
  return entries.filter(entry => {
    if (seen.has(entry.id) || isExpired(entry, nowMs)) return false;
    seen.add(entry.id);
    return entry.key === undefined || newest.get(entry.key)?.id === entry.id;
  });
}

/** The same rule for one who reads from the newest to the oldest: asked for each entry in turn. */
export function visibleBackward(nowMs: number): (entry: Entry) => boolean {
  const seen = new Set<string>();
  return entry => {
    const { id, key } = entry;
    const isNewest = !seen.has(id) && (key === undefined || !seen.has(`key ${key}`));
    seen.add(id);
    if (key !== undefined) seen.add(`key ${key}`);
    return isNewest && !isExpired(entry, nowMs);
  };
}
