import { expect, test } from 'vitest';
import type { Files } from '#blackboard/system/files.ts';
import { createSpendingReader, recordCost, recordRaise } from '#blackboard/turns/spending.ts';
import type { Ended } from '#blackboard/turns/turn-records.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';

const DAY = '2026-11-21';
const PATH = `/root/costs/${DAY}.jsonl`;
const ended = (turn: number, costUsd: number, day = DAY) => ({ turn, costUsd, day }) as Ended;

function disk() {
  const files = createMemoryFiles();
  files.prepare('/root/costs');
  return files;
}
const spent = async (files: Files, day = DAY) => createSpendingReader(files, '/root')(day);

test('a day on which nothing was spent costs nothing', async () => {
  expect(await spent(disk())).toMatchObject({ fleetUsd: 0, byAgent: new Map(), raisedFleetUsd: 0 });
});

test('turns are summed by agent and over the fleet, each day for itself', async () => {
  const files = disk();
  await recordCost(files, '/root', 'a', ended(1, 0.25));
  await recordCost(files, '/root', 'a', ended(2, 0.5));
  await recordCost(files, '/root', 'b', ended(1, 1));
  await recordCost(files, '/root', 'a', ended(3, 8, '2026-11-22'));
  expect(await spent(files)).toMatchObject({
    fleetUsd: 1.75,
    byAgent: new Map([
      ['a', 0.75],
      ['b', 1],
    ]),
  });
});

test('a turn that was finished twice counts once', async () => {
  const files = disk();
  for (let time = 0; time < 3; time++) await recordCost(files, '/root', 'a', ended(1, 0.25));
  expect((await spent(files)).fleetUsd).toBe(0.25);
});

test('an agent that was removed and added again counts its turns again', async () => {
  const files = disk();
  await recordCost(files, '/root', 'a', { ...ended(1, 0.25), at: '2026-11-21T10:00:00.000Z' });
  await recordCost(files, '/root', 'a', { ...ended(1, 0.5), at: '2026-11-21T11:00:00.000Z' });
  expect((await spent(files)).fleetUsd).toBe(0.75);
});

test('two who ask at once are told the same, and nothing counts twice or is passed over', async () => {
  const files = disk();
  const read = createSpendingReader(files, '/root');
  await recordCost(files, '/root', 'a', ended(1, 1));
  const both = await Promise.all([read(DAY), read(DAY)]);
  expect(both.map(({ fleetUsd }) => fleetUsd)).toEqual([1, 1]);
  await recordCost(files, '/root', 'a', ended(2, 2));
  expect((await read(DAY)).fleetUsd).toBe(3);
});

test('the same turn of two agents is two turns, also where a name ends in a number', async () => {
  const files = disk();
  await recordCost(files, '/root', 'a', ended(11, 1));
  await recordCost(files, '/root', 'a1', ended(1, 2));
  expect([...(await spent(files)).byAgent]).toEqual([
    ['a', 1],
    ['a1', 2],
  ]);
});

test('a line that a crash has torn hides neither those before it nor those after it', async () => {
  const files = disk();
  await recordCost(files, '/root', 'a', ended(1, 1));
  await files.append(PATH, '\n{"agent":"a","turn":2,"us');
  await recordCost(files, '/root', 'a', ended(2, 2));
  await recordCost(files, '/root', 'b', ended(1, 4));
  expect((await spent(files)).fleetUsd).toBe(7);
});

test.each([
  [
    'JSON of something else',
    '\n"a"\n\nnull\n\n[1]\n\n{"agent":5,"turn":1,"usd":1}\n\n{"agent":"a","turn":9,"usd":"1"}\n',
  ],
  ['zeros of a power loss', `\n${'\0'.repeat(50)}\n`],
])('%s is skipped', async (_what, text) => {
  const files = disk();
  await files.append(PATH, text);
  await recordCost(files, '/root', 'a', ended(1, 1));
  expect((await spent(files)).fleetUsd).toBe(1);
});

test('a reader that is asked again reads only what is new', async () => {
  const files = disk();
  const offsets: number[] = [];
  const watched: Files = {
    ...files,
    read: (path, options) => {
      offsets.push(options?.offset ?? 0);
      return files.read(path, options);
    },
  };
  const read = createSpendingReader(watched, '/root');
  await recordCost(files, '/root', 'a', ended(1, 1));
  expect((await read(DAY)).fleetUsd).toBe(1);
  const sizeBytes = (await files.facts(PATH))!.sizeBytes;
  await recordCost(files, '/root', 'a', ended(2, 1));
  expect((await read(DAY)).fleetUsd).toBe(2);
  expect((await read(DAY)).fleetUsd).toBe(2);
  expect(offsets).toEqual([0, sizeBytes, sizeBytes * 2]);
});

test('a line that is being written while it is read is read whole the next time', async () => {
  const files = disk();
  const read = createSpendingReader(files, '/root');
  await files.append(PATH, '\n{"agent":"a","turn":1,');
  expect((await read(DAY)).fleetUsd).toBe(0);
  await files.append(PATH, '"usd":3}\n');
  expect((await read(DAY)).fleetUsd).toBe(3);
});

test('bytes that are no UTF-8 do not shift where the reader goes on', async () => {
  const bytes: number[] = [];
  const files = disk();
  const grown: Files = {
    ...files,
    read: async (_path, options) => Uint8Array.from(bytes).subarray(options?.offset ?? 0),
  };
  const read = createSpendingReader(grown, '/root');
  bytes.push(0xef, 0xbb, 0xbf, ...Array<number>(40).fill(0xff), 0x0a);
  expect((await read(DAY)).fleetUsd).toBe(0);
  bytes.push(...Buffer.from('\n{"agent":"a","turn":1,"usd":3}\n'));
  expect((await read(DAY)).fleetUsd).toBe(3);
});

test('what a person allows on top counts for one agent or for the fleet, on its day', async () => {
  const files = disk();
  await recordRaise(files, '/root', DAY, 'a', 5);
  await recordRaise(files, '/root', DAY, 'a', 5);
  await recordRaise(files, '/root', DAY, null, 20);
  await recordRaise(files, '/root', '2020-01-01', null, 99);
  expect(await spent(files)).toMatchObject({ raisedFleetUsd: 20, raisedByAgent: new Map([['a', 10]]), fleetUsd: 0 });
});
