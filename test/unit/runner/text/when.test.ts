import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseWhen } from '#runner/text/when.ts';

/** A zone with summer time: 2026-03-29 has no 02:30 there, and 2026-10-25 has it twice. */
const zone = process.env.TZ;
beforeAll(() => {
  process.env.TZ = 'Europe/Berlin';
});
afterAll(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

/** Saturday 21 November 2026, 17:45 in Berlin. */
const NOW = '2026-11-21T16:45:00.000Z';
const at = (text: string, now = NOW) => new Date(parseWhen('it', text, Date.parse(now))).toISOString();

test.each([
  ['18:30', '2026-11-21T17:30:00.000Z'],
  [' 18:30 ', '2026-11-21T17:30:00.000Z'],
  ['17:44', '2026-11-22T16:44:00.000Z'],
  ['17:45', '2026-11-22T16:45:00.000Z'],
  ['17:45:01', '2026-11-21T16:45:01.000Z'],
  ['9:00', '2026-11-22T08:00:00.000Z'],
  ['today 18:30', '2026-11-21T17:30:00.000Z'],
  ['Tomorrow  09:00', '2026-11-22T08:00:00.000Z'],
  ['tomorrow 18:30', '2026-11-22T17:30:00.000Z'],
  ['+90s', '2026-11-21T16:46:30.000Z'],
  ['+2h', '2026-11-21T18:45:00.000Z'],
  ['+1h30m', '2026-11-21T18:15:00.000Z'],
  ['+7d', '2026-11-28T16:45:00.000Z'],
  ['2026-12-01', '2026-11-30T23:00:00.000Z'],
  ['2026-11-23T09:00', '2026-11-23T08:00:00.000Z'],
  ['2026-11-23 09:00', '2026-11-23T08:00:00.000Z'],
  ['2026-07-01T09:00:30', undefined],
  ['2027-07-01T09:00:30', '2027-07-01T07:00:30.000Z'],
  ['2026-11-23T09:00Z', '2026-11-23T09:00:00.000Z'],
  ['2026-11-23t09:00:00.250z', '2026-11-23T09:00:00.250Z'],
  ['2026-11-23T09:00+0530', '2026-11-23T03:30:00.000Z'],
  ['2026-11-23T09:00-05:00', '2026-11-23T14:00:00.000Z'],
  ['2028-02-29 12:00', '2028-02-29T11:00:00.000Z'],
])('%s', (text, expected) => {
  if (expected === undefined) expect(() => at(text)).toThrow(/has passed/);
  else expect(at(text)).toBe(expected);
});

test('a date at whose end something is over is meant whole', () => {
  const ends = parseWhen('it', '2026-12-01', Date.parse(NOW), 'ends');
  expect(new Date(ends).toISOString()).toBe('2026-12-01T23:00:00.000Z');
});

test.each(['', 'soon', '25:00', '12:60', '+', '+2', '+2w', '-2h', '18', '2026-11-31T09:00', '2027-02-29 12:00'])(
  '%j is no time, and is told what one looks like',
  text => {
    expect(() => at(text)).toThrow(/expected it to be a time to come, got/);
  },
);

test.each(['2026-13-01T09:00', '2026-12-01T24:00', 'today', 'tomorrow', '18:30 tomorrow', '1.12. 9:00'])(
  '%j is no time either',
  text => {
    expect(() => at(text)).toThrow(/expected it to be a time to come, got/);
  },
);

test('a time that has passed is refused where its day was said', () => {
  for (const text of ['today 17:00', '2026-11-21T17:45', '2026-11-20 23:00', '2026-11-21T16:45:00Z'])
    expect(() => at(text)).toThrow(`${JSON.stringify(text)} has passed`);
});

test('the year must fit', () => {
  expect(() => at('+999999d')).not.toThrow();
  expect(() => at(`+${Array.from({ length: 9 }, () => '999999d').join('')}`)).toThrow(/before the year 10000/);
});

describe('where the clocks change', () => {
  test('an hour that is left out is the one after it', () => {
    expect(at('tomorrow 02:30', '2026-03-28T12:00:00.000Z')).toBe('2026-03-29T01:30:00.000Z');
  });

  test.each([
    ['before it', '2026-10-24T23:59:00.000Z', '2026-10-25T00:30:00.000Z'],
    ['in its first pass, too late for that', '2026-10-25T00:45:00.000Z', '2026-10-25T01:30:00.000Z'],
    ['in its second pass', '2026-10-25T01:10:00.000Z', '2026-10-25T01:30:00.000Z'],
    ['in its second pass, too late', '2026-10-25T01:45:00.000Z', '2026-10-26T01:30:00.000Z'],
  ])('a time of an hour that comes twice is the next that is to come: asked %s', (_when, now, expected) => {
    expect(at('02:30', now)).toBe(expected);
    if (expected < '2026-10-26')
      for (const day of ['today', '2026-10-25']) expect(at(`${day} 02:30`, now)).toBe(expected);
    else expect(() => at('today 02:30', now)).toThrow(/has passed/);
  });

  test('tomorrow is the next calendar day, not 24 hours', () => {
    expect(at('tomorrow 09:00', '2026-03-28T08:00:00.000Z')).toBe('2026-03-29T07:00:00.000Z');
    expect(at('tomorrow 09:00', '2026-10-24T07:00:00.000Z')).toBe('2026-10-25T08:00:00.000Z');
  });
});

test('a time of day is always to come, within 25 hours, and reads as it was written', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) }),
      fc.integer({ min: 3, max: 23 }),
      fc.integer({ min: 0, max: 59 }),
      (nowMs, hour, minute) => {
        const found = parseWhen('it', `${hour}:${String(minute).padStart(2, '0')}`, nowMs);
        const date = new Date(found);
        return (
          found > nowMs &&
          found - nowMs <= 25 * 3_600_000 &&
          date.getHours() === hour &&
          date.getMinutes() === minute &&
          date.getSeconds() === 0
        );
      },
    ),
  );
});
