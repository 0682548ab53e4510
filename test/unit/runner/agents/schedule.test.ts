import { describe, expect, test } from 'vitest';
import { dueRuns, nextRun, parseSchedule, scheduleKey } from '#runner/agents/schedule.ts';

const at = (text: string): number => Date.parse(text);
const iso = (ms: number | null): string => new Date(ms!).toISOString();

describe('what agent.md may say', () => {
  test('five fields, names as @daily, intervals of a minute and more', () => {
    expect(parseSchedule('0 9 * * 1-5', 'Europe/Berlin')).toMatchObject({ kind: 'cron', timeZone: 'Europe/Berlin' });
    expect(parseSchedule('@hourly', null).kind).toBe('cron');
    expect(parseSchedule('every 90s', null)).toEqual({ kind: 'every', everyMs: 90_000 });
    expect(parseSchedule('Every 2 h', null)).toEqual({ kind: 'every', everyMs: 7_200_000 });
  });

  test.each([
    ['every 30s', 'the shortest interval is a minute'],
    ['every hour', 'expected an interval'],
    ['* * * * * *', 'expected five fields'],
    ['61 * * * *', 'minute: 61'],
    ['0 9 * *', 'expected five fields'],
  ])('%s is refused with the reason', (text, reason) => {
    expect(() => parseSchedule(text, null)).toThrow(reason);
  });

  test('a time zone that is none is refused', () => {
    expect(() => parseSchedule('0 9 * * *', 'Europe/Atlantis')).toThrow(
      'expected a time zone as Europe/Berlin, got "Europe/Atlantis"',
    );
  });
});

describe('the calendar', () => {
  test('goes by its time zone, also over the change to summer time', () => {
    const nine = parseSchedule('0 9 * * *', 'Europe/Berlin');
    expect(iso(nextRun(nine, at('2026-03-28T12:00:00Z')))).toBe('2026-03-29T07:00:00.000Z');
    expect(iso(nextRun(nine, at('2026-03-27T12:00:00Z')))).toBe('2026-03-28T08:00:00.000Z');
  });

  test('what is asked for in the hour that is left out runs, and runs once', () => {
    const half = parseSchedule('30 2 * * *', 'Europe/Berlin');
    const first = nextRun(half, at('2026-03-28T12:00:00Z'))!;
    const second = nextRun(half, first)!;
    expect(second - first).toBeGreaterThan(22 * 3_600_000);
    expect(iso(second)).toBe('2026-03-30T00:30:00.000Z');
  });
});

describe('what is due', () => {
  const hourly = parseSchedule('every 1h', null);
  const daily = parseSchedule('0 3 * * *', 'UTC');

  test('a new schedule counts from now', () => {
    const now = at('2026-11-21T12:10:00Z');
    expect(dueRuns([hourly, daily], {}, now)).toEqual({
      isDue: false,
      last: { [scheduleKey(hourly)]: now, [scheduleKey(daily)]: now },
      nextMs: now + 3_600_000,
    });
  });

  test('runs missed while stopped are caught up once, and an interval keeps its beat', () => {
    const last = {
      [scheduleKey(hourly)]: at('2026-11-18T12:10:00Z'),
      [scheduleKey(daily)]: at('2026-11-18T12:00:00Z'),
    };
    const now = at('2026-11-21T12:40:00Z');
    const runs = dueRuns([hourly, daily], last, now);
    expect(runs.isDue).toBe(true);
    expect(iso(runs.last[scheduleKey(hourly)]!)).toBe('2026-11-21T12:10:00.000Z');
    expect(iso(runs.nextMs)).toBe('2026-11-21T13:10:00.000Z');
    expect(dueRuns([hourly, daily], runs.last, now).isDue).toBe(false);
  });

  test('a clock that was set back makes nothing wait for the time it went back', () => {
    const now = at('2026-11-21T12:00:00Z');
    const runs = dueRuns([hourly], { [scheduleKey(hourly)]: at('2027-11-21T12:00:00Z') }, now);
    expect(runs).toMatchObject({ isDue: false, nextMs: now + 3_600_000 });
  });

  test('a schedule that is changed starts again', () => {
    const now = at('2026-11-21T12:00:00Z');
    expect(dueRuns([daily], { [scheduleKey(hourly)]: 0 }, now).isDue).toBe(false);
  });
});
