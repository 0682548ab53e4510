import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deliver, makeInbox } from '#blackboard/inbox/deliver.ts';
import { writeOutcome } from '#blackboard/inbox/outcome.ts';
import { agentLayout, turnLayout } from '#blackboard/layout.ts';
import { claimedName, formatMessageName, freshName } from '#blackboard/messages/message-name.ts';
import { localDay } from '#blackboard/system/clock.ts';
import { writeRecord } from '#blackboard/system/record.ts';
import { planDays } from '#runner/retention/inbox-retention.ts';
import { planTurns, sweepAgent, type TurnFacts } from '#runner/retention/retention.ts';
import { createSweeper } from '#runner/retention/sweeper.ts';
import { Crash, stopAfter } from '#test/support/crash-effects.ts';
import { createMemoryFiles, type MemoryFiles } from '#test/support/memory-files.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 15, 12);
const RETENTION = { days: 30, turnsBytes: 1000, doneBytes: 1000 };
const plan = (turns: readonly TurnFacts[], needed: readonly number[] = []) =>
  planTurns(turns, { ...RETENTION, needed: new Set(needed), nowMs: NOW });
const turn = (number: number, daysAgo: number | null, sizeBytes = 1): TurnFacts => ({
  number,
  closedMs: daysAgo === null ? null : NOW - daysAgo * DAY,
  sizeBytes,
});

describe('which turns go', () => {
  test('those that were closed more than 30 days ago, and no younger ones', () => {
    expect(plan([turn(1, 40), turn(2, 31), turn(3, 29), turn(4, 3), turn(5, 0), turn(6, 0)])).toEqual([1, 2]);
  });

  test('the newest and the one before it stay for ever: the next turn is judged by them', () => {
    expect(plan([turn(1, 90), turn(2, 90), turn(3, 90)])).toEqual([1]);
    expect(plan([turn(7, 400)])).toEqual([]);
  });

  test('an open turn stays, however old', () => {
    expect(plan([turn(1, 90), turn(2, null), turn(3, 90), turn(4, 90)])).toEqual([1]);
  });

  test('a turn that a message refers to stays', () => {
    expect(plan([turn(1, 90), turn(2, 90), turn(3, 90), turn(4, 90)], [1])).toEqual([2]);
  });

  test('above 1 GB the oldest go, until it is no longer above; today’s stay, whatever they weigh', () => {
    const heavy = [
      turn(1, 9, 400),
      turn(2, 8, 400),
      turn(3, 7, 400),
      turn(4, 0.1, 500),
      turn(5, 0.1, 1),
      turn(6, 0, 1),
    ];
    expect(plan(heavy)).toEqual([1, 2]);
    expect(plan([turn(1, 0.2, 5000), turn(2, 0.1, 5000), turn(3, 0.1, 1), turn(4, 0, 1)])).toEqual([]);
  });

  test('whatever there is: nothing open, needed, young or newest goes, and never more than is asked for', () => {
    const facts = fc.record({
      closedMs: fc.option(fc.integer({ min: NOW - 100 * DAY, max: NOW + DAY })),
      sizeBytes: fc.nat(600),
    });
    fc.assert(
      fc.property(fc.array(facts, { maxLength: 30 }), fc.array(fc.nat(30)), (all, needed) => {
        const turns = all.map((each, at) => ({ number: at + 1, ...each }));
        const swept = new Set(plan(turns, needed));
        for (const { number, closedMs } of turns.filter(each => swept.has(each.number))) {
          expect(closedMs).not.toBeNull();
          expect(needed).not.toContain(number);
          expect(number).toBeLessThan(turns.length - 1);
          expect(NOW - closedMs!).toBeGreaterThan(DAY);
        }
        const left = turns.filter(({ number }) => !swept.has(number)).reduce((sum, each) => sum + each.sizeBytes, 0);
        const last = turns.findLast(each => swept.has(each.number) && NOW - each.closedMs! <= 30 * DAY);
        const after = turns.filter(each => swept.has(each.number) && last && each.number >= last.number);
        // Before the last one that went for its weight, there was too much.
        if (last) expect(left + after.reduce((sum, each) => sum + each.sizeBytes, 0)).toBeGreaterThan(1000);
      }),
    );
  });
});

describe('which days of done go', () => {
  const day = (daysAgo: number, sizeBytes = 1) => ({ folder: localDay(NOW - daysAgo * DAY), sizeBytes });
  const folders = (...daysAgo: number[]) => daysAgo.map(ago => localDay(NOW - ago * DAY));

  test('those of which all is older than 30 days', () => {
    expect(planDays([day(31), day(30), day(0), day(400)], RETENTION, NOW)).toEqual(folders(400, 31));
  });

  test('above 1 GB the oldest, until it is no longer above; those of today and yesterday stay, whatever they weigh', () => {
    expect(planDays([day(9, 400), day(3, 600), day(8, 400)], RETENTION, NOW)).toEqual(folders(9));
    expect(planDays([day(9, 900), day(2, 900), day(1, 5000), day(0, 5000)], RETENTION, NOW)).toEqual(folders(9, 2));
    expect(planDays([day(9, 400), day(1, 600)], RETENTION, NOW)).toEqual([]);
  });
});

const layout = agentLayout('/root', 'a');
const { inbox } = layout;

/** A clock that may be put back, too: what is old was made in the past. */
function movableClock(startMs: number) {
  let nowMs = startMs;
  let monotonicMs = 0;
  return {
    nowMs: () => nowMs,
    monotonicMs: () => monotonicMs,
    sleep: () => Promise.reject(new Error('nothing here waits')),
    set(ms: number) {
      nowMs = ms;
    },
    advance(ms: number) {
      nowMs += ms;
      monotonicMs += ms;
    },
  };
}

/** An agent as it stood 40 days ago, then moved to NOW. */
async function oldAgent() {
  const clock = movableClock(NOW - 40 * DAY);
  const files = createMemoryFiles(clock.nowMs);
  files.prepare(layout.turns);
  await makeInbox(files, inbox);
  const ids: string[] = [];
  const message = async (place: 'new' | 'later' | 'done' | 'dead' | 'cur', lastTurn = 0) => {
    const id = `00000000-0000-7000-8000-${String(ids.length + 1).padStart(12, '0')}`;
    ids.push(id);
    const at = new Date(clock.nowMs()).toISOString();
    await deliver(files, inbox, { id, from: 'operator', kind: 'request', at, trace: id, hops: 0, body: 'b' });
    await files.makeDirectory(join(inbox.files, id));
    await files.create(join(inbox.files, id, 'notes.txt'), 'attached');
    const fresh = freshName(clock.nowMs(), id);
    const name = { ...fresh, lastTurn };
    const from = join(inbox.new, formatMessageName(fresh));
    if (place === 'new') await files.move(from, join(inbox.new, formatMessageName(name)));
    if (place === 'later') await files.move(from, join(inbox.later, formatMessageName(name)));
    if (place === 'dead') await files.move(from, join(inbox.dead, formatMessageName(name)));
    if (place === 'cur') await files.move(from, join(inbox.cur, claimedName(9, name)));
    if (place === 'done') {
      const day = join(inbox.done, localDay(clock.nowMs()));
      await files.makeDirectory(day);
      await files.move(from, join(day, formatMessageName(name)));
      await writeOutcome(files, inbox, { requeues: 0 }, { id, outcome: 'done', at });
      await files.create(join(inbox.outcomes, `${id}.1.requeued`), '{}');
    }
    return { id, name };
  };
  const closedTurn = async (number: number, messages: { id: string; name: string }[] = []) => {
    const paths = turnLayout(layout.turns, number);
    await files.makeDirectory(paths.home);
    await writeRecord(files, paths.intent, { turn: number, messages });
    await files.create(paths.stream, 'stream');
    await files.makeDirectory(paths.shown);
    await files.create(join(paths.shown, 'news'), 'x');
    await files.create(paths.closed, '{}');
  };
  return { clock, files, message, closedTurn };
}

async function sweep(files: Parameters<typeof sweepAgent>[0], nowMs = NOW): Promise<void> {
  for await (const _step of sweepAgent(files, layout, RETENTION, nowMs));
}

const namesOf = async (files: MemoryFiles, id: string): Promise<string[]> => {
  const found: string[] = [];
  const days = (await files.list(inbox.done)).map(day => join(inbox.done, day));
  for (const directory of [
    inbox.new,
    inbox.later,
    inbox.cur,
    inbox.dead,
    inbox.ids,
    inbox.outcomes,
    inbox.files,
    ...days,
  ])
    for (const name of await files.list(directory)) if (name.includes(id)) found.push(join(directory, name));
  return found;
};

describe('a sweep', () => {
  test('takes a message that is done with its attachments, its id and its outcomes', async () => {
    const { files, message } = await oldAgent();
    const { id } = await message('done');
    await sweep(files);
    expect(await namesOf(files, id)).toEqual([]);
    expect(await files.list(inbox.done)).toEqual([]);
  });

  test.each(['new', 'later', 'cur', 'dead'] as const)(
    'leaves a message in %s with all that belongs to it',
    async place => {
      const { files, message } = await oldAgent();
      const { id } = await message(place);
      const before = await namesOf(files, id);
      await sweep(files, NOW + 1000 * DAY);
      expect(await namesOf(files, id)).toEqual(before);
      expect(await files.list(join(inbox.files, id))).toEqual(['notes.txt']);
    },
  );

  test('weighs what is done with its attachments, and takes what is too much of it, ids included', async () => {
    const { clock, files, message } = await oldAgent();
    const heavy: string[] = [];
    for (const daysAgo of [5, 4, 3]) {
      clock.set(NOW - daysAgo * DAY);
      const { id } = await message('done');
      await files.create(join(inbox.files, id, 'picture.png'), 'x'.repeat(daysAgo === 3 ? 100 : 400));
      heavy.push(id);
    }
    const waits = await message('dead');
    await files.create(join(inbox.files, waits.id, 'picture.png'), 'x'.repeat(5000));
    await sweep(files);
    expect((await Promise.all(heavy.map(id => namesOf(files, id)))).map(names => names.length > 0)).toEqual([
      false,
      true,
      true,
    ]);
    expect(await files.list(join(inbox.files, waits.id))).toContain('picture.png');
  });

  test('a message that dies while the sweep lists what is held keeps what belongs to it', async () => {
    const { files, message } = await oldAgent();
    const { id, name } = await message('cur');
    // What is held is listed for the turns and, again, for the inbox.
    let looks = 0;
    const moving = {
      ...files,
      async list(path: string) {
        if (path === inbox.cur && ++looks === 2)
          await files.move(join(inbox.cur, claimedName(9, name)), join(inbox.dead, formatMessageName(name)));
        return files.list(path);
      },
    };
    await sweep(moving);
    expect(await files.list(join(inbox.files, id))).toEqual(['notes.txt']);
  });

  test('leaves what is not old', async () => {
    const { clock, files, message } = await oldAgent();
    clock.set(NOW - 29 * DAY);
    const { id } = await message('done');
    const before = await namesOf(files, id);
    await sweep(files);
    expect(await namesOf(files, id)).toEqual(before);
  });

  test('follows the chain of intents that a waiting message refers to', async () => {
    const { files, message, closedTurn } = await oldAgent();
    const { id, name } = await message('new', 5);
    const inTurn = (lastTurn: number) => [{ id, name: formatMessageName({ ...name, lastTurn }) }];
    for (const number of [1, 3, 4, 6, 7, 8]) await closedTurn(number);
    await closedTurn(2, inTurn(0));
    await closedTurn(5, inTurn(2));
    await sweep(files);
    expect((await files.list(layout.turns)).sort()).toEqual(['000002', '000005', '000007', '000008']);
  });

  test('forgets ids, outcomes and attachments whose message a person has removed, when they are old', async () => {
    const { files, message } = await oldAgent();
    const { id, name } = await message('dead');
    await files.remove(join(inbox.dead, formatMessageName(name)));
    await sweep(files, NOW - 39 * DAY);
    expect(await namesOf(files, id)).toContain(join(inbox.ids, id));
    await sweep(files);
    expect(await namesOf(files, id)).toEqual([]);
  });

  test('leaves an id whose message lies elsewhere under a name that is not ours', async () => {
    const { files, message } = await oldAgent();
    const { id, name } = await message('new');
    await files.move(join(inbox.new, formatMessageName(name)), join(inbox.new, 'renamed by hand'));
    await sweep(files);
    expect(await namesOf(files, id)).toContain(join(inbox.ids, id));
  });

  test('that dies at any of its effects leaves nothing torn, and the next one ends the work', async () => {
    const build = async () => {
      const world = await oldAgent();
      const done = await world.message('done');
      const kept = await world.message('dead', 2);
      for (const number of [1, 2, 3, 4]) await world.closedTurn(number);
      return { ...world, done, kept, before: await namesOf(world.files, kept.id) };
    };
    let at = 1;
    for (; ; at++) {
      const { files, done, kept, before } = await build();
      const dying = stopAfter(files, { at, mode: 'before' });
      const crashed = await sweep(dying).then(
        () => false,
        error => error instanceof Crash,
      );
      for (const number of [1, 2, 3, 4]) {
        const paths = turnLayout(layout.turns, number);
        const left = await files.list(paths.home);
        if (left.length > 0) expect(left, `turn ${number}, effect ${at}`).toContain('closed');
      }
      if ((await namesOf(files, done.id)).length > 0)
        expect(await files.list(inbox.done), `effect ${at}`).not.toEqual([]);
      await sweep(files);
      expect(await namesOf(files, done.id)).toEqual([]);
      expect(await namesOf(files, kept.id)).toEqual(before);
      expect((await files.list(layout.turns)).sort()).toEqual(['000002', '000003', '000004']);
      if (!crashed) break;
    }
    expect(at).toBeGreaterThan(10);
  });
});

test('the sweeper works in steps, then rests for an hour; what fails is told once and tried again', async () => {
  const { clock, files, message } = await oldAgent();
  const told: (string | null)[] = [];
  let broken = false;
  const failing = new Proxy(files, {
    get: (target, name: keyof MemoryFiles) =>
      name === 'remove' && broken ? () => Promise.reject(new Error('EROFS: read-only')) : target[name],
  });
  const complain = (_about: unknown, problem: string | null) => void told.push(problem);
  for (let each = 0; each < 20; each++) await message('done');
  clock.set(NOW);
  const step = createSweeper({
    clock,
    about: { peer: 'a', part: 'retention' },
    sweep: () => sweepAgent(failing, layout, RETENTION, clock.nowMs()),
    complain,
  });
  let steps = 1;
  while (await step()) steps++;
  expect(steps).toBeGreaterThan(1);
  expect(await files.list(inbox.done)).toEqual([]);
  clock.set(NOW - 40 * DAY);
  const { id } = await message('done');
  clock.set(NOW);
  expect(await step()).toBe(false);
  expect(await namesOf(files, id)).not.toEqual([]);
  broken = true;
  clock.advance(3_600_000);
  while (await step());
  expect(told.at(-1)).toContain('old files could not be removed');
  broken = false;
  clock.advance(3_600_000);
  while (await step());
  expect(told.at(-1)).toBeNull();
  expect(await namesOf(files, id)).toEqual([]);
});
