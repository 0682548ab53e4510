/** Instants as people write them: `18:30`, `tomorrow 09:00`, `+2h`, `2026-11-21`, ISO 8601; local time where no zone is said. Pure. */

import { instantsOf } from '#blackboard/text/wall-clock.ts';

export const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `15m`, `2h`, `7d` in milliseconds, or null for any other text. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  return match ? Number(match[1]) * UNIT_MS[match[2]!]! : null;
}

/** What is expected, for errors. */
export const WHEN_FORMS =
  '18:30, "tomorrow 09:00", +2h (s, m, h, d; also +1h30m), 2026-11-21T09:00 (local time without a zone), or 2026-11-21';

/** A message's name has room for 15 digits, ISO 8601 for four of a year. */
export const LAST_INSTANT_MS = Date.UTC(9999, 11, 31);

/**
 * Unix milliseconds of the instant that a text means, which may have passed; null for any other text. A time of day that has
 * passed today means tomorrow. `day`: a date without a time is its beginning, or its end.
 */
export function instantOf(text: string, nowMs: number, day: 'begins' | 'ends'): number | null {
  const words = text.trim().toLowerCase().replace(/\s+/g, ' ');
  const atMs = fromNow(words, nowMs) ?? timeOfDay(words, nowMs) ?? onDate(text.trim(), nowMs, day);
  return atMs !== null && Number.isFinite(atMs) ? atMs : null;
}

/** `+2h`, `+1h30m`. */
function fromNow(words: string, nowMs: number): number | null {
  if (!/^\+(\d{1,6}[smhd])+$/.test(words)) return null;
  const parts = [...words.matchAll(/(\d+)([smhd])/g)];
  return parts.reduce((atMs, [, count, unit]) => atMs + Number(count) * UNIT_MS[unit!]!, nowMs);
}

/** `18:30`, `today 18:30`, `tomorrow 9:00`. */
function timeOfDay(words: string, nowMs: number): number | null {
  const match = /^(?:(today|tomorrow) )?(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(words);
  if (!match) return null;
  const [, day, hour, minute, second = '0'] = match;
  const now = new Date(nowMs);
  const on = (days: number) =>
    localMs(
      nowMs,
      now.getFullYear(),
      now.getMonth() + 1,
      now.getDate() + days,
      Number(hour),
      Number(minute),
      Number(second),
    );
  if (day === 'tomorrow') return on(1);
  const todayMs = on(0);
  return day === undefined && todayMs !== null && todayMs <= nowMs ? on(1) : todayMs;
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** ISO 8601; the zone may be missing, and the time. */
function onDate(text: string, nowMs: number, end: 'begins' | 'ends'): number | null {
  const match = DATE.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(part => Number(part ?? 0)) as number[];
  // Date reads 31 June as 1 July: an invalid date must not become another one.
  const daysOfMonth = new Date(Date.UTC(year!, month!, 0)).getUTCDate();
  if (month! < 1 || month! > 12 || day! < 1 || day! > daysOfMonth) return null;
  const zone = match[7];
  if (match[4] === undefined) return localMs(nowMs, year!, month!, end === 'ends' ? day! + 1 : day!, 0, 0, 0);
  if (zone === undefined) return localMs(nowMs, year!, month!, day!, hour!, minute!, second!);
  if (hour! > 23 || minute! > 59 || second! > 59) return null;
  return Date.parse(
    text
      .toUpperCase()
      .replace(' ', 'T')
      .replace(/([+-]\d{2})(\d{2})$/, '$1:$2'),
  );
}

/**
 * Local time. A time that a clock change skips is the one after it; of a time that occurs twice, the first that is
 * still to come.
 */
function localMs(
  nowMs: number,
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | null {
  if (hour > 23 || minute > 59 || second > 59) return null;
  const passes = instantsOf(Date.UTC(year, month - 1, day, hour, minute, second), null);
  const toCome = passes.find(atMs => atMs > nowMs);
  return toCome ?? new Date(year, month - 1, day, hour, minute, second).getTime();
}
