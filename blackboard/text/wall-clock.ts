/**
 * Converts between wall time in a time zone and instants. A wall time is written as the instant at which UTC shows it.
 * When clocks go back, an hour of wall time occurs twice; when they go forward, one does not occur. Pure except for the
 * machine's time zones.
 */

const DAY_MS = 86_400_000;

/** Milliseconds by which the wall is ahead of UTC at that instant. `zone` null: the machine's. */
export function offsetAt(atMs: number, zone: string | null): number {
  if (zone === null) return -new Date(atMs).getTimezoneOffset() * 60_000;
  const part: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(atMs)) part[type] = Number(value);
  const { year, month, day, hour, minute, second } = part as Record<string, number>;
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) - Math.floor(atMs / 1000) * 1000;
}

/** The offsets that may apply around then: one, or two if clocks change within a day. */
export function offsetsAbout(atMs: number, zone: string | null): { leastMs: number; mostMs: number } {
  const offsets = [atMs - DAY_MS, atMs, atMs + DAY_MS].map(each => offsetAt(each, zone));
  return { leastMs: Math.min(...offsets), mostMs: Math.max(...offsets) };
}

/** When a clock shows that time, the earliest first: once, twice, or never (skipped by a change). */
export function instantsOf(wallMs: number, zone: string | null): number[] {
  const { leastMs, mostMs } = offsetsAbout(wallMs, zone);
  const offsets = leastMs === mostMs ? [leastMs] : [mostMs, leastMs];
  return offsets.map(offset => wallMs - offset).filter((atMs, at) => offsetAt(atMs, zone) === offsets[at]);
}

/** The instant at which clocks skip that wall time. */
export function changeOver(wallMs: number, zone: string | null): number {
  let [before, after] = [wallMs - DAY_MS, wallMs + DAY_MS];
  const old = offsetAt(before, zone);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle, zone) === old) before = middle;
    else after = middle;
  }
  return after;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const two = '2-digit';
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: two,
    day: two,
    hour: two,
    minute: two,
    second: two,
  });
  formats.set(zone, made);
  return made;
}
