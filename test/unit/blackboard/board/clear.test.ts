import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clearBoard } from '#blackboard/board/clear.ts';
import { BOARD_START } from '#blackboard/board/cursor.ts';
import type { Entry } from '#blackboard/board/entry.ts';
import { entriesBackward } from '#blackboard/board/history.ts';
import { postEntry } from '#blackboard/board/post.ts';
import { endOfBoard, readBoard } from '#blackboard/board/read.ts';
import { listSegments, segmentPath } from '#blackboard/board/segments.ts';
import { formatWriting } from '#blackboard/board/writing.ts';
import { boardLayout } from '#blackboard/layout.ts';
import { makeRoot } from '#blackboard/root.ts';
import type { Files } from '#blackboard/system/files.ts';
import { newId } from '#blackboard/system/ids.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';

const DAY = 86_400_000;
const NOW = Date.now();
const files = createRunnerFiles();
const self = selfIdentity();
let root: string;
let board: ReturnType<typeof boardLayout>;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'ar-clear-'));
  board = boardLayout(root);
  await makeRoot(files, root, false);
});
afterEach(() => rmSync(root, { recursive: true }));

const entry = (text: string, atMs: number, more: Partial<Entry> = {}): Entry => {
  return { id: newId(atMs), at: new Date(atMs).toISOString(), from: 'a', kind: 'note', text, ...more };
};
const age = (path: string, days: number) => utimesSync(path, new Date(NOW - days * DAY), new Date(NOW - days * DAY));

/** A segment of its own for each: `old` 40 days ago (a long text with it), `older` 50. The last one is of today. */
async function oldBoard(): Promise<{ long: Entry }> {
  const long = entry(`LONG ${'x'.repeat(40_000)}`, NOW - 50 * DAY);
  const tiny = { self, segmentBytesMax: 1 };
  await postEntry(files, root, long, { ...tiny, nowMs: NOW });
  await postEntry(files, root, entry('old', NOW - 40 * DAY), { ...tiny, nowMs: NOW });
  await postEntry(files, root, entry('new', NOW), { ...tiny, nowMs: NOW });
  age(segmentPath(board, 1), 50);
  age(segmentPath(board, 2), 40);
  age(join(board.texts, long.id), 50);
  return { long };
}
const clear = async (options: Partial<Parameters<typeof clearBoard>[2]> = {}, port: Files = files) => {
  let steps = 0;
  const all = { beforeMs: NOW - 30 * DAY, neededFrom: Number.POSITIVE_INFINITY, ...options };
  for await (const _step of clearBoard(port, root, all)) steps++;
  return steps;
};
const texts = async (from = BOARD_START) => (await readBoard(files, board, from)).entries.map(({ text }) => text);

test('old segments that were read go, with the long texts beside them; what is new stays, and everybody reads on', async () => {
  const { long } = await oldBoard();
  const inTheMiddle = { segment: 1, offset: readFileSync(segmentPath(board, 1)).indexOf('\n') + 1 };
  await clear();
  expect(await texts()).toEqual(['new']);
  expect(await texts(inTheMiddle), 'a reader that stands in a cleared one').toEqual(['new']);
  expect(existsSync(join(board.texts, long.id))).toBe(false);
  const backward: string[] = [];
  for await (const { text } of entriesBackward(files, board)) backward.push(text);
  expect(backward).toEqual(['new']);
  // What is left of them goes in turn once it is old.
  for (const segment of [1, 2]) age(segmentPath(board, segment), 31);
  await clear();
  expect(await listSegments(files, board)).toEqual([3]);
  expect(readdirSync(board.sealed)).toEqual([]);
  expect(await texts(inTheMiddle)).toEqual(['new']);
});

test('a segment that somebody has to read stays, with all that come after it', async () => {
  await oldBoard();
  await clear({ neededFrom: 2 });
  expect(await texts()).toEqual(['old', 'new']);
  await clear({ neededFrom: 1 });
  expect(await texts()).toEqual(['old', 'new']);
});

test('the newest segment stays however old, and one that is written to', async () => {
  await oldBoard();
  age(segmentPath(board, 3), 90);
  mkdirSync(join(board.writing, formatWriting({ segment: 2, offset: 5, id: newId(NOW), self })));
  await clear();
  expect(await texts()).toEqual(['old', 'new']);
});

test('a writer that was stopped for weeks finds its segment sealed, and writes in the open one', async () => {
  await oldBoard();
  let isStopped = false;
  // Stopped between the choice of the segment and its write; meanwhile the segment is sealed and cleared.
  const stopped: Files = {
    ...files,
    append: async (path, data, options) => {
      if (!isStopped) {
        isStopped = true;
        expect(path).toBe(segmentPath(board, 3));
        await postEntry(files, root, entry('meanwhile', NOW), { self, nowMs: NOW, segmentBytesMax: 1 });
        age(segmentPath(board, 3), 40);
        for (const name of readdirSync(board.writing)) rmSync(join(board.writing, name), { recursive: true });
        await clear();
      }
      return files.append(path, data, options);
    },
  };
  const cursor = await postEntry(stopped, root, entry('late', NOW), { self, nowMs: NOW });
  expect(cursor.segment).toBe(4);
  expect(await texts()).toEqual(['meanwhile', 'late']);
});

test('texts that no line ever led to go once they are older than every line; young ones stay', async () => {
  await oldBoard();
  for (const [name, days] of [
    ['left', 60],
    ['young', 20],
  ] as const) {
    writeFileSync(join(board.texts, name), 'x');
    age(join(board.texts, name), days);
  }
  await clear({ neededFrom: 1 });
  expect(readdirSync(board.texts), 'the oldest line is 50 days old').not.toContain('left');
  expect(readdirSync(board.texts)).toContain('young');
});

test('a death at any effect leaves a board that reads, and the next sweep ends the work', async () => {
  for (let at = 1; ; at++) {
    rmSync(root, { recursive: true });
    mkdirSync(root);
    await makeRoot(files, root, false);
    await oldBoard();
    let left = at;
    const dying = new Proxy(files, {
      get: (target, name: keyof Files) => {
        const verb = target[name] as (...args: unknown[]) => Promise<unknown>;
        if (!['remove', 'create', 'move'].includes(name)) return verb;
        return (...args: unknown[]) => (left-- > 0 ? verb(...args) : Promise.reject(new Error('dead')));
      },
    });
    const died = await clear({}, dying).then(
      () => false,
      () => true,
    );
    expect((await texts()).at(-1), `effect ${at}`).toBe('new');
    await clear();
    expect(await texts(), `effect ${at}`).toEqual(['new']);
    expect(readdirSync(board.texts)).toEqual([]);
    if (!died) break;
    expect(at).toBeLessThan(50);
  }
});

test('nothing is done where there is no board, or nothing old', async () => {
  expect(await clear()).toBe(0);
  expect(await endOfBoard(files, board)).toEqual(BOARD_START);
});
