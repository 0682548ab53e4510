import { execFileSync } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { firstAbort } from '#blackboard/system/abort-any.ts';
import { canBeWrittenDown, localDay, nextLocalDay, systemClock } from '#blackboard/system/clock.ts';

test.each([
  ['1970-01-01T00:00:00.000Z', true],
  ['9999-12-31T23:59:59.999Z', true],
  ['1969-12-31T23:59:59.999Z', false],
  ['+010000-01-01T00:00:00.000Z', false],
])('%s can be written down and read back: %s', (instant, can) => {
  const atMs = Date.parse(instant);
  expect(canBeWrittenDown(atMs)).toBe(can);
  vi.useFakeTimers({ now: atMs });
  expect(systemClock.nowMs() === atMs).toBe(can);
  expect(canBeWrittenDown(systemClock.nowMs())).toBe(true);
  vi.useRealTimers();
});

describe('the user’s day', () => {
  test('is written as year, month and day', () => {
    expect(localDay(new Date(2026, 0, 5, 0, 0, 0).getTime())).toBe('2026-01-05');
    expect(localDay(new Date(2026, 10, 21, 23, 59, 59, 999).getTime())).toBe('2026-11-21');
  });

  test('ends where the next one begins, over months, years and leap days', () => {
    for (const [year, month, day, next] of [
      [2026, 10, 21, '2026-11-22'],
      [2026, 10, 30, '2026-12-01'],
      [2026, 11, 31, '2027-01-01'],
      [2028, 1, 28, '2028-02-29'],
      [2028, 1, 29, '2028-03-01'],
    ] as const) {
      const atMs = new Date(year, month, day, 13, 5).getTime();
      const nextMs = nextLocalDay(atMs);
      expect(localDay(nextMs)).toBe(next);
      expect(localDay(nextMs - 1)).toBe(localDay(atMs));
    }
  });

  test.each(['Europe/Vienna', 'America/New_York', 'Pacific/Apia', 'America/Sao_Paulo', 'Asia/Kathmandu', 'UTC'])(
    'has one end in %s, also when the clocks change',
    zone => {
      // A zone holds for a whole process: one of its own looks at every hour of two years.
      const script = `
        import { localDay, nextLocalDay } from ${JSON.stringify(clockUrl)};
        for (let at = Date.UTC(2018, 0, 1); at < Date.UTC(2020, 0, 1); at += 3_600_000) {
          const next = nextLocalDay(at);
          if (!(next > at && next - at <= 25 * 3_600_000)) throw new Error('from ' + new Date(at).toISOString());
          if (localDay(next) <= localDay(at)) throw new Error('not later: ' + new Date(at).toISOString());
          if (localDay(next - 1) !== localDay(at)) throw new Error('skipped: ' + new Date(at).toISOString());
        }
        console.log('fine');`;
      const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        env: { ...process.env, TZ: zone },
        encoding: 'utf8',
      });
      expect(output).toBe('fine\n');
    },
  );
});

describe('sleeping', () => {
  test('ends at once when it is aborted, and leaves no listener behind', async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(3_600_000, stop.signal);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
    stop.abort();
    await sleeping;
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });

  test('of several signals the first ends it, and the others hear nothing of it any more', async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const sleeping = systemClock.sleep(3_600_000, first.signal, second.signal);
    second.abort();
    await sleeping;
    expect(getEventListeners(first.signal, 'abort')).toHaveLength(0);
    await firstAbort(first.signal, second.signal);
    expect(getEventListeners(first.signal, 'abort')).toHaveLength(0);
  });

  test('does not begin when it was aborted before', async () => {
    await systemClock.sleep(3_600_000, AbortSignal.abort());
  });

  test('that runs out leaves no listener behind either', async () => {
    const stop = new AbortController();
    const beforeMs = systemClock.monotonicMs();
    await systemClock.sleep(5, stop.signal);
    expect(systemClock.monotonicMs() - beforeMs).toBeGreaterThanOrEqual(4);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });
});

/** The module as plain JavaScript, for a Node that reads no TypeScript. */
const clockUrl = (() => {
  const source = fileURLToPath(new URL('../../../../blackboard/system/clock.ts', import.meta.url));
  const esbuild = fileURLToPath(new URL('../../../../node_modules/.bin/esbuild', import.meta.url));
  const code = execFileSync(esbuild, [source, '--bundle', '--format=esm'], { encoding: 'utf8' });
  return `data:text/javascript,${encodeURIComponent(code)}`;
})();
