/**
 * The machine's clock jumps, by days and in both directions, while an agent works under limits of money and of turns an
 * hour: no jump grants anything, and nothing waits longer than it would have. The engine is the real one, in memory; the
 * uptime is the test's.
 */
import { writeSync } from 'node:fs';
import fc from 'fast-check';
import { beforeEach, expect, test, vi } from 'vitest';
import { deliver } from '#blackboard/inbox/deliver.ts';
import { readOutcome } from '#blackboard/inbox/outcome.ts';
import { derivedId } from '#blackboard/system/ids.ts';
import { nextAnchor, openSteadyClock } from '#blackboard/system/steady-clock.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';
import { type Behaviour, createHouse, type House, TURN_USD } from '#test/support/simulated-root.ts';

const machine = vi.hoisted(() => ({ uptimeMs: 0, offMs: 0, sleeps: 0 }));
vi.mock('node:os', async original => ({
  ...(await original<typeof import('node:os')>()),
  uptime: () => machine.uptimeMs / 1000,
}));

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Six in the morning, so that a working day fits into the calendar day. */
const START = new Date(2026, 10, 21, 6).getTime();
/** Where one fails it is told as it is: to make it smaller takes memory without end, for some of these days. */
const RUNS = Number(process.env.AGENT_RUNNER_PROPERTY_RUNS ?? 300);

beforeEach(() => {
  machine.uptimeMs = HOUR;
  machine.offMs = 0;
  machine.sleeps = 0;
});

/** Sleeps in one day of a test: a few hundred are usual. */
const SLEEPS_MAX = 200_000;
/** The day that is being played. */
let playing: Happenings = [];

/** Without a turn of the event loop no time-out comes, and memory would run out minutes later, without a word. */
function endWithoutEnd(ms: number): void {
  const said = `${expect.getState().currentTestName}: no end of sleeps (${ms} ms), at ${JSON.stringify({ machine, playing })}`;
  writeSync(2, `${said}\n${new Error().stack}\n`);
  process.kill(process.pid, 'SIGKILL');
}

/** The machine's own clock, wrong by as much as it has jumped. */
const system = {
  nowMs: () => START + machine.uptimeMs - HOUR + machine.offMs,
  monotonicMs: () => machine.uptimeMs,
  async sleep(ms: number) {
    if (++machine.sleeps > SLEEPS_MAX) endWithoutEnd(ms);
    machine.uptimeMs += Math.max(1, Math.ceil(ms));
  },
};

/** A clock as the runner has it, or one that believes everything. */
async function clockOf(control: boolean) {
  if (control) return system;
  const files = createMemoryFiles();
  files.prepare('/root');
  return openSteadyClock(files, '/root', system);
}

async function houseWith(
  options: { front?: string[]; budgets: string; behaviours?: Behaviour[] },
  control = false,
): Promise<House> {
  return createHouse({ agents: ['alpha'], ...options, clock: await clockOf(control) });
}

let messages = 0;
async function send(house: House, more: { notBefore?: string } = {}): Promise<string> {
  const id = derivedId('clock', String(++messages));
  const at = new Date(house.clock.nowMs()).toISOString();
  const head = { id, from: 'operator', kind: 'request' as const, at, trace: id, hops: 0 };
  await deliver(house.files, house.layout('alpha').inbox, { ...head, ...more, body: 'work' });
  return id;
}

const isAnswered = async (house: House, id: string): Promise<boolean> =>
  (await readOutcome(house.files, house.layout('alpha').inbox, id))?.outcome === 'replied';

/** What is no jump: the runner follows it, as it follows a time server. */
const DRIFT_MS = 5 * MINUTE;

/** What happens between two looks: some minutes pass, and the clock is off by so much afterwards. */
const happenings = fc.array(
  fc.record({
    minutes: fc.integer({ min: 1, max: 40 }),
    offMs: fc.oneof(
      fc.constant(0),
      fc.constantFrom(DAY, -DAY, 3 * DAY, -3 * DAY, HOUR, -HOUR),
      fc.integer({ min: -40 * DAY, max: 40 * DAY }).filter(ms => Math.abs(ms) > DRIFT_MS),
    ),
  }),
  { minLength: 4, maxLength: 16 },
);

type Happenings = readonly { minutes: number; offMs: number }[];

/** Plays them with a message each, and gives the starts of claude, by uptime. */
async function play(house: House, series: Happenings, each: () => Promise<void>): Promise<number[]> {
  machine.sleeps = 0;
  playing = series;
  const starts: number[] = [];
  for (const { minutes, offMs } of series) {
    machine.uptimeMs += minutes * MINUTE;
    machine.offMs = offMs;
    await each();
    const before = house.starts();
    await house.run(house.files);
    for (let start = before; start < house.starts(); start++) starts.push(machine.uptimeMs);
  }
  return starts;
}

/** Turns that a day's budget allows. */
const ALLOWED = 3;

async function spentInOneDay(series: Happenings, control: boolean): Promise<number> {
  machine.uptimeMs = HOUR;
  machine.offMs = 0;
  const perDayUsd = ALLOWED * TURN_USD - 0.001;
  const budgets = `maxTurnsPerHour: 1000\nbudget: { perTurnUsd: ${TURN_USD}, perDayUsd: ${perDayUsd} }`;
  const house = await houseWith({ budgets }, control);
  await play(house, series, async () => void (await send(house)));
  return house.starts();
}

test(`a jump of the clock grants no money: ${RUNS} days`, async () => {
  await fc.assert(
    fc.asyncProperty(happenings, async series => (await spentInOneDay(series, false)) <= ALLOWED),
    { numRuns: RUNS, endOnFailure: true },
  );
});

test('control: a runner that believes the clock spends more', async () => {
  const found = await fc.check(
    fc.asyncProperty(happenings, async series => (await spentInOneDay(series, true)) <= ALLOWED),
    { numRuns: RUNS, endOnFailure: true },
  );
  expect(found.failed).toBe(true);
});

const PER_HOUR = 2;

test(`the hourly limit holds over jumps, and nothing is stuck behind it: ${RUNS} days`, async () => {
  await fc.assert(
    fc.asyncProperty(happenings, async series => {
      machine.uptimeMs = HOUR;
      machine.offMs = 0;
      const house = await houseWith({ budgets: `maxTurnsPerHour: ${PER_HOUR}\nbudget: { perDayUsd: 1000 }` });
      const ids: string[] = [];
      const starts = await play(house, series, async () => void ids.push(await send(house)));
      for (const from of starts)
        expect(starts.filter(at => at >= from && at < from + HOUR).length).toBeLessThanOrEqual(PER_HOUR);
      // An hour by the machine's uptime is an hour, whatever its clock says by then.
      for (let left = ids.length; left > 0; left -= PER_HOUR) {
        machine.uptimeMs += HOUR + MINUTE;
        await house.run(house.files);
      }
      for (const id of ids) expect(await isAnswered(house, id)).toBe(true);
    }),
    { numRuns: Math.ceil(RUNS / 3), endOnFailure: true },
  );
});

test(`what waits for an instant waits as long as it was told to: ${RUNS} days`, async () => {
  await fc.assert(
    fc.asyncProperty(happenings, fc.integer({ min: 1, max: 300 }), async (series, minutes) => {
      machine.uptimeMs = HOUR;
      machine.offMs = 0;
      const house = await houseWith({ budgets: 'maxTurnsPerHour: 1000\nbudget: { perDayUsd: 1000 }' });
      const dueMs = house.clock.nowMs() + minutes * MINUTE;
      const dueUptimeMs = machine.uptimeMs + minutes * MINUTE;
      const id = await send(house, { notBefore: new Date(dueMs).toISOString() });
      await play(house, series, async () => {});
      expect(await isAnswered(house, id)).toBe(machine.uptimeMs >= dueUptimeMs);
      machine.uptimeMs = Math.max(machine.uptimeMs, dueUptimeMs);
      await house.run(house.files);
      expect(await isAnswered(house, id)).toBe(true);
    }),
    { numRuns: Math.ceil(RUNS / 3), endOnFailure: true },
  );
});

test.each([DAY, -DAY, 30 * DAY, -30 * DAY])(
  'a back-off is over when it is, though the clock jumps by %i ms',
  async offMs => {
    const budgets = 'maxTurnsPerHour: 1000\nbudget: { perDayUsd: 1000 }';
    const house = await houseWith({ budgets, behaviours: ['api down', 'api down', 'api down'] });
    const id = await send(house);
    const before = machine.uptimeMs;
    machine.offMs = offMs;
    await house.run(house.files);
    expect(await isAnswered(house, id)).toBe(true);
    // One second, two, four, less up to a quarter, and the looks between.
    expect(machine.uptimeMs - before).toBeGreaterThanOrEqual(7_000 * 0.75);
    expect(machine.uptimeMs - before).toBeLessThan(7_000 * 2);
  },
);

test('a runner that starts again believes no more than the one before did', () => {
  fc.assert(
    fc.property(happenings, fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }), (series, restarts) => {
      let anchor = nextAnchor(null, { bootId: 'a', uptimeMs: 0, wallMs: START });
      let saved = anchor;
      let uptimeMs = 0;
      for (const [at, { minutes, offMs }] of series.entries()) {
        uptimeMs += minutes * MINUTE;
        // A killed runner has not written down what it knew last.
        anchor = nextAnchor(restarts[at] ? saved : anchor, { bootId: 'a', uptimeMs, wallMs: START + uptimeMs + offMs });
        if (!restarts[at]) saved = anchor;
        expect(Math.abs(anchor.steadyMs - (START + uptimeMs))).toBeLessThanOrEqual(16 * 5 * MINUTE);
      }
    }),
  );
});
