/**
 * Schedules where clocks are changed: each real instant once. Held against a walk through every minute of three days, which
 * knows nothing of calendars; croner asked by itself is the control.
 */
import { Cron } from 'croner';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dueRuns, nextRun, parseSchedule, type Schedule, scheduleKey } from '#runner/agents/schedule.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const RUNS = Math.min(60, Number(process.env.AGENT_RUNNER_PROPERTY_RUNS ?? 20));

/** Zones, with the year whose changes are looked at. Lord Howe changes by half an hour, Casablanca around Ramadan, São Paulo at midnight. */
const YEARS: readonly (readonly [string, number])[] = [
  ['Europe/Berlin', 2026],
  ['America/New_York', 2026],
  ['Australia/Lord_Howe', 2026],
  ['Africa/Casablanca', 2026],
  ['America/Sao_Paulo', 2018],
  ['UTC', 2026],
];

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the wall shows, as `2026-10-25 02:30`. */
function wallOf(zone: string, atMs: number): string {
  const known =
    formats.get(zone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  formats.set(zone, known);
  return known.format(atMs);
}

const wallMs = (wall: string): number => Date.parse(`${wall.replace(' ', 'T')}:00Z`);

/** The first minutes after each change of clocks in that year. */
function changesOf(zone: string, year: number): number[] {
  const offset = (atMs: number) => wallMs(wallOf(zone, atMs)) - atMs;
  const found: number[] = [];
  for (let atMs = Date.UTC(year, 0, 1); atMs < Date.UTC(year + 1, 0, 1); atMs += DAY) {
    if (offset(atMs) === offset(atMs + DAY)) continue;
    let minute = atMs;
    while (offset(minute) === offset(atMs)) minute += MINUTE;
    found.push(minute);
  }
  return found;
}

const PLACES = YEARS.flatMap(([zone, year]) => {
  const changes = changesOf(zone, year);
  return (changes.length > 0 ? changes : [Date.UTC(year, 5, 1)]).map(changeMs => ({ zone, changeMs }));
});

interface Expression {
  minutes: number[];
  hours: number[];
  text: string;
  isFrequent: boolean;
}

/** A field as cron has it: a star, a step, or some values. Not every minute: a walk through them takes its time. */
const field = (size: number, steps: readonly number[]) =>
  fc.oneof(
    fc.constantFrom(...steps).map(step => ({
      text: step === 1 ? '*' : `*/${step}`,
      values: range(size).filter(value => value % step === 0),
      isFrequent: true,
    })),
    fc
      .uniqueArray(fc.integer({ min: 0, max: Math.min(size - 1, size === 24 ? 4 : 59) }), {
        minLength: 1,
        maxLength: 3,
      })
      .map(values => ({
        text: values.join(','),
        values,
        isFrequent: false,
      })),
  );
const range = (size: number): number[] => Array.from({ length: size }, (_, value) => value);

const expressions: fc.Arbitrary<Expression> = fc
  .tuple(field(60, [15, 20, 30]), field(24, [1, 2, 3]))
  .map(([minute, hour]) => ({
    minutes: minute.values,
    hours: hour.values,
    text: `${minute.text} ${hour.text} * * *`,
    isFrequent: minute.isFrequent || hour.isFrequent,
  }));

/** The instants of three days about a change, minute by minute. */
function walked(zone: string, fromMs: number, toMs: number, { minutes, hours, isFrequent }: Expression): number[] {
  const matches = (wall: number) =>
    minutes.includes(new Date(wall).getUTCMinutes()) && hours.includes(new Date(wall).getUTCHours());
  const found = new Set<number>();
  let latest = wallMs(wallOf(zone, fromMs - HOUR * 3)) - MINUTE;
  for (let atMs = fromMs - HOUR * 3; atMs <= toMs; atMs += MINUTE) {
    const wall = wallMs(wallOf(zone, atMs));
    if (isFrequent ? matches(wall) : wall > latest && matches(wall)) found.add(atMs);
    // What was left out is made up for at once.
    for (let missed = latest + MINUTE; !isFrequent && missed < wall; missed += MINUTE)
      if (matches(missed)) found.add(atMs);
    latest = Math.max(latest, wall);
  }
  return [...found].filter(atMs => atMs > fromMs && atMs <= toMs).sort((a, b) => a - b);
}

type Next = (schedule: Schedule, lastMs: number) => number | null;

function chained(schedule: Schedule, fromMs: number, toMs: number, next: Next): number[] {
  const found: number[] = [];
  for (let lastMs = fromMs; ; ) {
    const atMs = next(schedule, lastMs);
    if (atMs === null || atMs > toMs) return found;
    // Without progress there would be no end.
    if (atMs <= lastMs) return [...found, atMs];
    found.push(atMs);
    lastMs = atMs;
  }
}

const holds = (next: Next) =>
  fc.property(
    fc.constantFrom(...PLACES),
    expressions,
    fc.integer({ min: 0, max: 360 }),
    ({ zone, changeMs }, expression, early) => {
      const schedule = parseSchedule(expression.text, zone);
      const fromMs = changeMs - early * MINUTE;
      const toMs = changeMs + 8 * HOUR;
      expect(chained(schedule, fromMs, toMs, next)).toEqual(walked(zone, fromMs, toMs, expression));
    },
  );

const byCroner: Next = (schedule, lastMs) =>
  schedule.kind === 'cron'
    ? (new Cron(schedule.expression, { paused: true, timezone: schedule.timeZone! })
        .nextRun(new Date(lastMs))
        ?.getTime() ?? null)
    : null;

test('each real instant comes once, over every change of clocks', () => {
  expect(PLACES.length).toBeGreaterThanOrEqual(11);
  fc.assert(holds(nextRun), { numRuns: RUNS * 3 });
});

test('croner alone fails it (control)', () => {
  expect(() => fc.assert(holds(byCroner), { numRuns: 500, endOnFailure: true })).toThrow();
});

describe('a runner that is up through the repeated hour', () => {
  const schedule = parseSchedule('*/15 * * * *', 'Europe/Berlin');
  const key = scheduleKey(schedule);

  test('runs four times an hour in both passes', () => {
    let last: Readonly<Record<string, number>> = { [key]: Date.parse('2026-10-24T23:50:00Z') };
    const runs: string[] = [];
    for (let nowMs = last[key]!; nowMs <= Date.parse('2026-10-25T02:10:00Z'); nowMs += MINUTE) {
      const due = dueRuns([schedule], last, nowMs);
      if (due.isDue) runs.push(new Date(nowMs).toISOString().slice(11, 16));
      expect(due.nextMs).toBeGreaterThan(nowMs);
      last = due.last;
    }
    expect(runs).toEqual(['00:00', '00:15', '00:30', '00:45', '01:00', '01:15', '01:30', '01:45', '02:00']);
  });

  test('a job at a fixed time in it runs once, in the first pass', () => {
    const fixed = parseSchedule('30 2 * * *', 'Europe/Berlin');
    const first = nextRun(fixed, Date.parse('2026-10-24T12:00:00Z'))!;
    expect(new Date(first).toISOString()).toBe('2026-10-25T00:30:00.000Z');
    expect(new Date(nextRun(fixed, first)!).toISOString()).toBe('2026-10-26T01:30:00.000Z');
  });
});
