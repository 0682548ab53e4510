/**
 * Compare-and-set on the board under drawn interleavings: posters that read a value and replace it, one that posts without asking,
 * deaths anywhere, segments that are sealed under their hands. Of those who knew one value, one line counts; who was told that it
 * stands finds it, who was told that it lost does not, and every reader sees the same, from wherever it reads.
 */
import { expect, test } from 'vitest';
import { compareAndSet, newestValue } from '#blackboard/board/compare-and-set.ts';
import { BOARD_START } from '#blackboard/board/cursor.ts';
import type { Entry } from '#blackboard/board/entry.ts';
import { finishWriting } from '#blackboard/board/finish-writing.ts';
import { entriesBackward } from '#blackboard/board/history.ts';
import { makeBoard, postEntry } from '#blackboard/board/post.ts';
import { readBoard } from '#blackboard/board/read.ts';
import { listSegments } from '#blackboard/board/segments.ts';
import { boardLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { derivedId } from '#blackboard/system/ids.ts';
import type { ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { createChance } from '#test/support/crash-random.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';
import { createSchedule } from '#test/support/schedule.ts';

const SEEDS = process.env.AGENT_RUNNER_TEST_FULL ? 4_000 : 200;
const ROOT = '/root';
const POSTERS = 4;
const ROUNDS = 3;
const KEY = { topic: 't', key: 'k' } as const;

type Swapping = typeof compareAndSet;

/** Looks, and posts what it looked for: nothing holds the two together. */
const looksThenPosts: Swapping = async (files, root, entry, isExpected, writer) => {
  const current = await newestValue(files, root, entry);
  if (!isExpected(current)) return { kind: 'lost', current };
  return { kind: 'posted', entry, place: await postEntry(files, root, entry, writer) };
};

const entryOf = (id: string, text: string): Entry => ({
  ...{ id, at: '2026-11-21T00:00:00.000Z', from: 'a', kind: 'note', text },
  ...KEY,
});

/** What is wrong after the posters have come to rest, or null. */
async function life(seed: number, set: Swapping): Promise<string | null> {
  const disk = createMemoryFiles();
  disk.prepare(ROOT);
  await makeBoard(disk, ROOT);
  const board = boardLayout(ROOT);
  const schedule = createSchedule(seed);
  const chance = createChance(seed);
  const dead = new Set<number>();
  const portOf = (process: { pid: number }): Files => {
    const wrapped: Record<string, unknown> = {};
    let left = chance.next() < 0.3 ? Math.floor(chance.next() * 60) : Number.POSITIVE_INFINITY;
    for (const [name, verb] of Object.entries(disk) as [string, (...args: unknown[]) => Promise<unknown>][])
      wrapped[name] = async (...args: unknown[]) => {
        await schedule.step(process);
        if (left-- <= 0) {
          dead.add(process.pid);
          await new Promise<never>(() => {});
        }
        return verb(...args);
      };
    return wrapped as unknown as Files;
  };
  const stands: string[] = [];
  const fell: string[] = [];
  let failure: unknown = null;
  const identity = (pid: number): ProcessIdentity => ({ pid, startTime: '1', bootId: 'boot' });
  for (let poster = 0; poster < POSTERS; poster++) {
    const process = { pid: 100 + poster };
    const files = portOf(process);
    const writer = { self: identity(process.pid), nowMs: 0, segmentBytesMax: 700 };
    const work = async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const id = derivedId(String(poster), String(round));
        if (poster === 0) {
          await postEntry(files, ROOT, entryOf(id, 'unasked'), writer);
          continue;
        }
        const known = (await newestValue(files, ROOT, KEY))?.id ?? 'none';
        const swap = await set(files, ROOT, entryOf(id, known), current => (current?.id ?? 'none') === known, writer);
        if (swap.kind === 'posted') stands.push(swap.entry.id);
        else fell.push(id);
      }
    };
    work().catch(error => {
      failure ??= error;
    });
  }
  while (failure === null && (await schedule.draw()));
  if (failure !== null) return `failed: ${failure}`;

  const isLiving = async ({ pid }: ProcessIdentity) => !dead.has(pid);
  await finishWriting(disk, ROOT, { self: identity(1), nowMs: 0 }, isLiving);
  const { entries } = await readBoard(disk, board, BOARD_START);
  for (const [at, { text, id }] of entries.entries())
    if (text !== 'unasked' && text !== (entries[at - 1]?.id ?? 'none'))
      return `${id} replaced ${entries[at - 1]?.id}, and knew ${text}`;
  const counting = entries.map(({ id }) => id);
  const gone = stands.find(id => !counting.includes(id));
  if (gone) return `${gone} stands, its poster was told, and counts for nobody`;
  const risen = fell.find(id => counting.includes(id));
  if (risen) return `${risen} counts, and its poster was told that it lost`;
  const backward: string[] = [];
  for await (const { id } of entriesBackward(disk, board)) backward.push(id);
  if (`${backward.reverse()}` !== `${counting}`) return `backward ${backward}, forward ${counting}`;
  // As a reader finds them that begins in the middle, or after the segments before were cleared.
  for (const segment of await listSegments(disk, board)) {
    const rest = (await readBoard(disk, board, { segment, offset: 0 })).entries.map(({ id }) => id);
    if (!`,${counting}`.endsWith(`,${rest}`) && rest.length > 0) return `from segment ${segment}: ${rest}`;
  }
  return null;
}

async function firstFault(set: Swapping): Promise<string | null> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const fault = await life(seed, set);
    if (fault) return `seed ${seed}: ${fault}`;
  }
  return null;
}

test(`of those who knew one value, one replaces it, in ${SEEDS} schedules`, async () => {
  expect(await firstFault(compareAndSet)).toBeNull();
});

test('who looks and then posts replaces what it does not know', async () => {
  expect(await firstFault(looksThenPosts)).toContain('and knew');
});
