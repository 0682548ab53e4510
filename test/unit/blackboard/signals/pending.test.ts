// What stands on the disk of a signal, at every moment of its being written down, whatever a power loss takes.
import { expect, test } from 'vitest';
import { listSignals, recordSignal, type SignalRecord, takeSignals } from '#blackboard/signals/pending.ts';
import type { Files } from '#blackboard/system/files.ts';
import { createMemoryFiles, type MemoryFiles } from '#test/support/memory-files.ts';

const DIRECTORY = '/root/agents/a/signals';
const RECORD: SignalRecord = { type: 'wake', id: '0123456789abcdef', at: '2026-11-21T12:00:00.000Z', source: 'socket' };

/** Every outcome of the few changes that are not on disk: lost, half there, there. */
const LOSSES = Array.from({ length: 81 }, (_, number) => () => {
  let left = number;
  return () => {
    const digit = left % 3;
    left = Math.floor(left / 3);
    return (digit + 0.5) / 3;
  };
});

async function begun(): Promise<MemoryFiles> {
  const files = createMemoryFiles();
  files.prepare(DIRECTORY);
  files.settleAll();
  return files;
}

/** What the next runner makes of it: the records of the signals that a turn would be about. */
async function takenFrom(files: Files): Promise<SignalRecord[]> {
  const { waiting } = await listSignals(files, DIRECTORY);
  const unsynced = new Set<string>();
  const taken = await takeSignals(files, DIRECTORY, 1, waiting, unsynced);
  for (const directory of unsynced) await files.syncDirectory(directory);
  return taken.map(({ record }) => record);
}

/** Of each loss, the signals that are left. `sync`: false leaves all fsyncs out. */
async function leftAfterwards(sync: boolean): Promise<SignalRecord[][]> {
  const files = await begun();
  const lazy: Files = { ...files, append: (path, data) => files.append(path, data), syncDirectory: async () => {} };
  await recordSignal(sync ? files : lazy, DIRECTORY, RECORD, 1);
  return Promise.all(LOSSES.map(loss => takenFrom(files.afterPowerLoss(loss()))));
}

test('a signal that was taken survives every power loss, whole', async () => {
  for (const left of await leftAfterwards(true)) expect(left).toEqual([RECORD]);
});

test('control: without the fsyncs it does not', async () => {
  expect((await leftAfterwards(false)).some(left => left.length === 0)).toBe(true);
});

test('a turn may take it up before it is on disk; then it is there once, or, not answered for, not at all', async () => {
  const files = await begun();
  let early: Promise<SignalRecord[]> | null = null;
  const left: Promise<SignalRecord[]>[] = [];
  await recordSignal(files, DIRECTORY, RECORD, 1, () => {
    left.push(...LOSSES.map(loss => takenFrom(files.afterPowerLoss(loss()))));
    early = takenFrom(files);
  });
  expect(await early).toEqual([RECORD]);
  for (const each of await Promise.all(left)) expect([[], [RECORD]]).toContainEqual(each);
  expect(await files.list(DIRECTORY)).toEqual([expect.stringMatching(/^1\.1-wake-[0-9a-f]{12}-0123456789abcdef$/)]);
  for (const loss of LOSSES) {
    const { waiting, taken } = await listSignals(files.afterPowerLoss(loss()), DIRECTORY);
    expect(waiting.length + taken.length).toBe(1);
  }
});

test('what could not be written leaves nothing behind', async () => {
  const files = await begun();
  const full: Files = {
    ...files,
    async append(path, data) {
      await files.append(path, data.slice(0, 10));
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    },
  };
  await expect(recordSignal(full, DIRECTORY, RECORD, 1)).rejects.toThrow('ENOSPC');
  expect(await files.list(DIRECTORY)).toEqual([]);
});

test('a signal whose directory was taken away while it was written is not answered for', async () => {
  const files = await begun();
  const torn: Files = { ...files, link: async () => 'gone' };
  let isAnsweredFor = false;
  const recorded = recordSignal(torn, DIRECTORY, RECORD, 1, () => {
    isAnsweredFor = true;
  });
  await expect(recorded).rejects.toThrow('was gone before it was there');
  expect(isAnsweredFor).toBe(false);
  expect(await files.list(DIRECTORY)).toEqual([]);
});
