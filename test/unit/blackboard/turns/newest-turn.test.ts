import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { turnLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { latestTurn, sayTurnsGo } from '#blackboard/turns/newest-turn.ts';
import { closeTurn, electTurn, isClosed } from '#blackboard/turns/turns.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';
import { createSchedule } from '#test/support/schedule.ts';

const TURNS = '/root/agents/a/turns';

function disk() {
  const files = createMemoryFiles();
  files.prepare(TURNS);
  return files;
}

/** The same disk, as another process has it; it counts the listings of turns/. */
function process(files: Files, before: () => Promise<void> = async () => {}) {
  const counted = { listings: 0 };
  const own = Object.fromEntries(
    Object.entries(files).map(([name, method]) => [
      name,
      async (...args: unknown[]) => {
        await before();
        if (name === 'list' && args[0] === TURNS) counted.listings++;
        return method(...args);
      },
    ]),
  ) as unknown as Files;
  return { files: own, counted };
}

async function elect(files: Files, number: number): Promise<void> {
  expect(await electTurn(files, TURNS, number)).toBe('elected');
  await closeTurn(files, turnLayout(TURNS, number), '');
}

/** As retention does it. */
async function removeTurn(files: Files, number: number): Promise<void> {
  await files.remove(turnLayout(TURNS, number).closed);
  await files.remove(turnLayout(TURNS, number).home);
}

describe('the newest turn', () => {
  test('is found by one listing, however many turns follow', async () => {
    const { files, counted } = process(disk());
    await elect(files, 1);
    const before = counted.listings;
    for (let number = 2; number <= 100; number++) {
      expect(await latestTurn(files, TURNS)).toBe(number - 1);
      await elect(files, number);
    }
    expect(counted.listings).toBe(before);
  });

  test('of another process is seen, and of many others too', async () => {
    const there = disk();
    const [mine, other] = [process(there), process(there)];
    await elect(mine.files, 1);
    for (let number = 2; number <= 5; number++) await elect(other.files, number);
    expect(await latestTurn(mine.files, TURNS)).toBe(5);
    for (let number = 6; number <= 10 + limits.turnsFollowedMax; number++) await elect(other.files, number);
    expect(await latestTurn(mine.files, TURNS)).toBe(10 + limits.turnsFollowedMax);
  });

  test('is found behind a gap that retention left after the one that was remembered', async () => {
    const there = disk();
    const [mine, other] = [process(there), process(there)];
    await elect(mine.files, 1);
    for (let number = 2; number <= 8; number++) await elect(other.files, number);
    await sayTurnsGo(other.files, TURNS);
    for (let number = 2; number <= 6; number++) await removeTurn(other.files, number);
    expect(await latestTurn(mine.files, TURNS)).toBe(8);
    expect(await electTurn(mine.files, TURNS, 2)).toBe('lost');
  });

  test('is 0 while the root is away, and what it was when the root is back', async () => {
    const there = disk();
    let isAway = false;
    const mine: Files = {
      ...there,
      list: async path => (isAway ? [] : there.list(path)),
      facts: async path => (isAway ? null : there.facts(path)),
      read: async (path, options) => (isAway ? null : there.read(path, options)),
    };
    await elect(mine, 40);
    isAway = true;
    expect(await latestTurn(mine, TURNS)).toBe(0);
    isAway = false;
    expect(await latestTurn(mine, TURNS)).toBe(40);
  });

  test('of an agent that was removed and added again begins anew', async () => {
    const files = disk();
    for (let number = 1; number <= 3; number++) await elect(files, number);
    await files.move(TURNS, '/root/removed');
    files.prepare(TURNS);
    expect(await latestTurn(files, TURNS)).toBe(0);
    await elect(files, 1);
    expect(await latestTurn(files, TURNS)).toBe(1);
  });
});

/** Runners that elect, of which some sleep for long, and two who remove turns: a number that was elected twice, or null. */
async function electedTwice(seed: number, say: typeof sayTurnsGo): Promise<number | null> {
  const there = disk();
  const schedule = createSchedule(seed);
  const elected = new Set<number>();
  let twice: number | null = null;
  const join = () => {
    const own = {};
    return process(there, () => schedule.step(own)).files;
  };
  async function runner(files: Files): Promise<void> {
    for (let round = 0; round < 8; round++) {
      const last = await latestTurn(files, TURNS);
      if (last > 0 && !(await isClosed(files, turnLayout(TURNS, last)))) continue;
      if ((await electTurn(files, TURNS, last + 1)) === 'lost') continue;
      if (elected.has(last + 1)) twice ??= last + 1;
      elected.add(last + 1);
      await closeTurn(files, turnLayout(TURNS, last + 1), '');
    }
  }
  async function remover(files: Files): Promise<void> {
    for (let round = 0; round < 4; round++) {
      const numbers = (await files.list(TURNS)).map(Number).sort((a, b) => a - b);
      // Every fifth is needed by some message. An open one is not removed.
      const planned = numbers.slice(0, -2).filter(number => (number + seed) % 5 !== 0 && elected.has(number));
      await say(files, TURNS);
      for (const number of planned)
        if (await isClosed(files, turnLayout(TURNS, number))) await removeTurn(files, number);
    }
  }
  const all = [runner, runner, runner, remover, remover].map(run => run(join()));
  while (await schedule.draw());
  await Promise.all(all);
  return twice;
}

describe('runners that elect beside two who remove turns', () => {
  const elections = (say: typeof sayTurnsGo) =>
    fc.asyncProperty(fc.nat(), async seed => (await electedTwice(seed, say)) === null);

  test('no number is elected twice', async () => {
    await fc.assert(elections(sayTurnsGo), { numRuns: 300, endOnFailure: true });
  });

  test('the control, who removes without saying so, breaks that', async () => {
    const silent = async () => {};
    expect((await fc.check(elections(silent), { numRuns: 1_500, endOnFailure: true })).failed).toBe(true);
  });
});
