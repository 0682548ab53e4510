// What readers of the board write down, held against losses of power: an entry may be read before it is on disk. Of an entry that
// is gone nobody may keep the place, or the one that comes to stand there is never shown.
import { expect, test } from 'vitest';
import { BOARD_START, type Cursor } from '#blackboard/board/cursor.ts';
import { makeBoard, postEntry } from '#blackboard/board/post.ts';
import { readBoard } from '#blackboard/board/read.ts';
import { boardLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { newId } from '#blackboard/system/ids.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { readBoardNews } from '#hooks/news/board-news.ts';
import { createChance } from '#test/support/crash-random.ts';
import { createPowerDisk, PowerLoss } from '#test/support/power-disk.ts';

const ROOT = '/root';
const self = selfIdentity();
const SEEDS = 3000;

interface Reading {
  texts: string[];
  next: Cursor;
}

/** `nowMs`: of the reader. */
type Read = (files: Files, cursor: Cursor, nowMs: number) => Promise<Reading>;

/** As every reader does that keeps a cursor. */
const settled: Read = async (files, cursor, nowMs) => {
  const { entries, next } = await readBoardNews(files, ROOT, cursor, 'reader', nowMs);
  return { texts: entries.map(({ text }) => text), next };
};

/** To the last byte, on disk or not. */
const unsettled: Read = async (files, cursor) => {
  const { entries, next } = await readBoard(files, boardLayout(ROOT), cursor);
  return { texts: entries.map(({ text }) => text), next };
};

/**
 * Two writers post, a reader looks again and again and writes down where it was; the power goes at the k-th effect and comes back; a
 * third writer posts and the reader goes on. `ageMs`: how old an entry in the making is to the reader. What is wrong, or null.
 */
async function life(seed: number, read: Read, ageMs: number): Promise<string | null> {
  const { next: random } = createChance(seed);
  const disk = createPowerDisk({ nowMs: () => 1000 });
  await disk.makeDirectory(ROOT);
  await makeBoard(disk, ROOT);
  disk.cutAt(1 + Math.floor(random() * 16));
  const pause = async () => {
    for (let turns = Math.floor(random() * 20); turns > 0; turns--) await Promise.resolve();
  };
  /** An fsync takes time, in which others read what it is for. */
  const slow: Files = {
    ...disk,
    async append(path, data, options) {
      await disk.append(path, data);
      await pause();
      if (options?.sync) await disk.syncFile(path);
    },
    async syncDirectory(path) {
      await pause();
      await disk.syncDirectory(path);
    },
  };
  const posted: string[] = [];
  const shown: string[] = [];
  let cursor = BOARD_START;
  const post = async (text: string) => {
    const entry = { id: newId(1000), at: '2026-01-01T00:00:00.000Z', from: 'writer', kind: 'note', text } as const;
    await postEntry(slow, ROOT, entry, { self, nowMs: 1000 });
    posted.push(text);
  };
  const look = async () => {
    const { texts, next } = await read(disk, cursor, 1000 + ageMs);
    shown.push(...texts);
    cursor = next;
  };
  const looks = async () => {
    for (let times = 0; times < 12; times++) {
      await pause();
      await look();
    }
  };
  const untilPowerGoes = (work: Promise<void>) =>
    work.catch(error => {
      if (!(error instanceof PowerLoss)) throw error;
    });
  await Promise.all([post('a'), pause().then(() => post('a longer one')), looks()].map(untilPowerGoes));
  disk.reboot(random);
  await post('c');
  await look();
  // The writers of before are dead: what they left in the making is old by now.
  const { texts } = await read(disk, cursor, 100_000);
  shown.push(...texts);
  const missed = posted.filter(text => !shown.includes(text));
  return missed.length > 0 ? `seed ${seed}: ${missed} was posted and never shown; shown: ${shown}` : null;
}

async function firstFault(read: Read, ageMs: number): Promise<string | null> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const fault = await life(seed, read, ageMs);
    if (fault) return fault;
  }
  return null;
}

test('what was posted is shown, whatever a reader had seen before the power went', async () => {
  expect(await firstFault(settled, 0)).toBeNull();
});

test('and so behind a writer that was stopped: the reader does not wait for it', async () => {
  expect(await firstFault(settled, 5000)).toBeNull();
});

test('a reader that goes to the last byte misses an entry', async () => {
  expect(await firstFault(unsettled, 0)).toContain('never shown');
});
