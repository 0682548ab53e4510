/** Instants as people write them: `18:30`, `tomorrow 09:00`, `+2h`, ISO 8601; in local time where no zone is said. Pure. */
import { usageError } from '../../blackboard/errors.ts';
import { instantsOf } from '../../blackboard/wall-clock.ts';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Unix milliseconds of an instant that is still to come. A time of day that has passed today means tomorrow. Throws a
 * usage error that names `what` (a flag or argument) for any other text, and for an instant that has passed.
 */
export function parseWhen(what: string, text: string, nowMs: number): number {
  const words = text.trim().toLowerCase().replace(/\s+/g, ' ');
  const atMs = fromNow(words, nowMs) ?? timeOfDay(words, nowMs) ?? onDate(text.trim(), nowMs);
  const shown = JSON.stringify(text.slice(0, 80));
  if (atMs === null || !Number.isFinite(atMs))
    throw usageError(
      `expected ${what} to be a time to come, got ${shown}`,
      'Write 18:30, "tomorrow 09:00", +2h (s, m, h, d; also +1h30m), or 2026-11-21T09:00 (local time without a zone).',
    );
  if (atMs <= nowMs) throw usageError(`expected ${what} to be a time to come, and ${shown} has passed`);
  if (atMs > LAST_MS) throw usageError(`expected ${what} to be before the year 10000, got ${shown}`);
  return atMs;
}

/** A message's name has room for 15 digits, ISO 8601 for four of a year. */
const LAST_MS = Date.UTC(9999, 11, 31);

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

const DATE = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,3})?)?(Z|[+-]\d{2}:?\d{2})?$/i;

/** ISO 8601 with a time; the zone may be missing. */
function onDate(text: string, nowMs: number): number | null {
  const match = DATE.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(part => Number(part ?? 0)) as number[];
  // Date takes 31 June for 1 July: a date that is none must not become another one.
  const daysOfMonth = new Date(Date.UTC(year!, month!, 0)).getUTCDate();
  if (month! < 1 || month! > 12 || day! < 1 || day! > daysOfMonth) return null;
  const zone = match[7];
  if (zone === undefined) return localMs(nowMs, year!, month!, day!, hour!, minute!, second!);
  if (hour! > 23 || minute! > 59 || second! > 59) return null;
  return Date.parse(
    text
      .toUpperCase()
      .replace(' ', 'T')
      .replace(/([+-]\d{2})(\d{2})$/, '$1:$2'),
  );
}

/** Local time. An hour that a change of clocks leaves out is the one after it; of one that comes twice the first that is to come. */
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
