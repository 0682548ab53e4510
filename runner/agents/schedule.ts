/**
 * When an agent wakes by itself. A schedule is a cron expression (in a time zone, else the machine's) or an interval.
 * Missed times are caught up once, not as often as they were missed. Pure except for croner's calendar.
 */
import { Cron } from 'croner';
import { changeOver, instantsOf, offsetsAbout } from '#blackboard/text/wall-clock.ts';
import { parseDuration } from '#blackboard/text/when.ts';

export type Schedule =
  | { kind: 'cron'; expression: string; timeZone: string | null }
  | { kind: 'every'; everyMs: number };

/** The shortest interval, milliseconds: identical signals within ten seconds are one anyway. */
const EVERY_MIN_MS = 60_000;

/** `every 15m`, `0 9 * * 1-5`, `@hourly`; throws an Error that says what was expected. */
export function parseSchedule(text: string, timeZone: string | null): Schedule {
  const interval = /^every\s+(\d+)\s*([smhd])$/i.exec(text.trim());
  const everyMs = interval && parseDuration(`${interval[1]}${interval[2]!.toLowerCase()}`);
  if (everyMs !== null) {
    if (everyMs < EVERY_MIN_MS) throw new Error('the shortest interval is a minute (every 1m)');
    return { kind: 'every', everyMs };
  }
  if (/^every\b/i.test(text.trim())) throw new Error('expected an interval as every 15m, every 2h or every 1d');
  const expression = text.trim();
  // A sixth field would be seconds: a schedule is not for thirty signals a minute.
  if (!expression.startsWith('@') && expression.split(/\s+/).length !== 5)
    throw new Error('expected five fields (minute hour day month weekday), @daily and the like, or every 15m');
  if (timeZone !== null && !isTimeZone(timeZone))
    throw new Error(`expected a time zone as Europe/Berlin, got ${JSON.stringify(timeZone)}`);
  try {
    cronOf({ expression }).nextRun(new Date(0));
  } catch (error) {
    throw new Error(error instanceof Error ? error.message : String(error));
  }
  return { kind: 'cron', expression, timeZone };
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== null;
  } catch {
    return false;
  }
}

/** The key of a schedule in schedule.json: a schedule that is changed in agent.md starts again. */
export const scheduleKey = (schedule: Schedule): string =>
  schedule.kind === 'every' ? `every ${schedule.everyMs}` : `${schedule.expression} ${schedule.timeZone ?? ''}`.trim();

/** The first instant after `lastMs` at which it runs; null: never again. Always later than `lastMs`. */
export function nextRun(schedule: Schedule, lastMs: number): number | null {
  if (schedule.kind === 'every') return lastMs + schedule.everyMs;
  const { timeZone } = schedule;
  const calendar = cronOf(schedule);
  const runsOf = isFrequent(schedule.expression) ? instantsOf : runOfFixed;
  let best: number | null = null;
  // The earliest wall time that may mean an instant after that one; each further one has a later wall time.
  let wallMs = nextWall(calendar, lastMs + offsetsAbout(lastMs, timeZone).leastMs);
  while (wallMs !== null && (best === null || wallMs - offsetsAbout(wallMs, timeZone).mostMs < best)) {
    for (const atMs of runsOf(wallMs, timeZone)) if (atMs > lastMs && (best === null || atMs < best)) best = atMs;
    wallMs = nextWall(calendar, wallMs);
  }
  return best;
}

/**
 * Like Debian's cron(8): a job with a star or a step in its minute or hour follows the wall clock, so it runs in both
 * passes of an hour that occurs twice; a job at a fixed time runs once a day, at the clock change itself if its time is
 * skipped.
 */
function isFrequent(expression: string): boolean {
  const [minute, hour] = expression.toLowerCase() === '@hourly' ? ['0', '*'] : expression.split(/\s+/);
  return [minute, hour].some(field => /[*/]/.test(field ?? ''));
}

function runOfFixed(wallMs: number, zone: string | null): number[] {
  const [first] = instantsOf(wallMs, zone);
  return [first ?? changeOver(wallMs, zone)];
}

/**
 * The next wall time. croner is asked as if all zones were UTC: in a zone of its own, croner 10.0.1 leaves out one pass
 * of an hour that occurs twice, and answers with an instant before the one it was asked for.
 */
function nextWall(calendar: Cron, afterMs: number): number | null {
  const next = calendar.nextRun(new Date(afterMs))?.getTime() ?? null;
  if (next !== null && next <= afterMs)
    throw new Error(
      `expected the calendar to go on from ${new Date(afterMs).toISOString()}, got ${new Date(next).toISOString()}`,
    );
  return next;
}

/** When each schedule last ran, by key. */
export type LastRuns = Readonly<Record<string, number>>;

export interface DueRuns {
  /** A signal is due. */
  isDue: boolean;
  /** When the schedules ran, once that signal is on disk. */
  last: LastRuns;
  nextMs: number | null;
}

/**
 * What is due now. A new schedule counts from now; one that missed runs runs once, now. If the clock went back by more
 * than a run, nothing waits for the time it went back.
 */
export function dueRuns(schedules: readonly Schedule[], before: LastRuns, nowMs: number): DueRuns {
  const last: Record<string, number> = {};
  let isDue = false;
  let nextMs: number | null = null;
  for (const schedule of schedules) {
    const key = scheduleKey(schedule);
    const known = before[key];
    const lastMs = known === undefined || known > nowMs ? nowMs : known;
    const dueMs = nextRun(schedule, lastMs);
    const isNow = dueMs !== null && dueMs <= nowMs;
    isDue ||= isNow;
    // An interval keeps its rhythm; what is further back than one interval is over.
    last[key] = isNow ? latestBeat(schedule, dueMs, nowMs) : lastMs;
    const next = nextRun(schedule, last[key]);
    if (next !== null && (nextMs === null || next < nextMs)) nextMs = next;
  }
  return { isDue, last, nextMs };
}

const latestBeat = (schedule: Schedule, dueMs: number, nowMs: number): number =>
  schedule.kind === 'every' ? dueMs + Math.floor((nowMs - dueMs) / schedule.everyMs) * schedule.everyMs : nowMs;

const cronOf = ({ expression }: { expression: string }): Cron =>
  new Cron(expression, { paused: true, timezone: 'UTC' });
