/** Today's board beside one numbered file for each entry (test/support/numbered-board.ts), in one run: read the ratios. */
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { BOARD_START, segmentName } from '#blackboard/board/cursor.ts';
import { type Entry, encodeEntry } from '#blackboard/board/entry.ts';
import { makeBoard, postEntry } from '#blackboard/board/post.ts';
import { readBoard } from '#blackboard/board/read.ts';
import { sealLine } from '#blackboard/board/segments.ts';
import { boardLayout } from '#blackboard/layout.ts';
import { newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { pathOf, postNumbered } from '#test/support/numbered-board.ts';
import { report } from './fleet.ts';

const POSTS = 300;
const ENTRIES = 100_000;
const files = createSyncFiles();
const AT = '2026-11-21T03:00:00.000Z';
const entryOf = (index: number): Entry => ({
  id: newId(Date.parse(AT) + index),
  at: AT,
  from: 'planner',
  kind: 'note',
  text: `entry ${index}: ${'x'.repeat(120)}`,
});

const timed = async (work: () => unknown): Promise<number> => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};
const median = (of: number[]): number => of.sort((a, b) => a - b)[Math.floor(of.length / 2)]!;
const versus = (what: string, today: number, numbered: number, unit = 'ms') =>
  report(
    what,
    `today ${today.toFixed(2)} ${unit}, numbered ${numbered.toFixed(2)} ${unit}: ${(numbered / today).toFixed(2)} x`,
  );

test('posting, reading and keeping entries', { timeout: 600_000 }, async () => {
  const base = mkdtempSync(join(tmpdir(), 'ar-bench-'));
  try {
    const root = join(base, 'root');
    mkdirSync(root);
    await makeBoard(files, root);
    const few = join(base, 'few');
    mkdirSync(few);
    const today: number[] = [];
    const numbered: number[] = [];
    for (let index = 1; index <= POSTS; index++) {
      const entry = entryOf(index);
      today.push(await timed(() => postEntry(files, root, entry, { self: selfIdentity(), nowMs: Date.parse(AT) })));
      numbered.push(await timed(() => postNumbered(files, few, entry.id, encodeEntry(entry), index)));
    }
    versus('a durable post, p50', median(today), median(numbered));

    const board = boardLayout(join(base, 'many'));
    const many = join(base, 'numbered');
    mkdirSync(board.home, { recursive: true });
    mkdirSync(many);
    let lines: string[] = [];
    let segment = 1;
    const flush = () => {
      writeFileSync(join(board.home, segmentName(segment++)), lines.join(''));
      lines = [];
    };
    let bytes = 0;
    for (let index = 1; index <= ENTRIES; index++) {
      const line = `${encodeEntry(entryOf(index))}\n`;
      lines.push(line);
      bytes += line.length;
      if (bytes > limits.segmentBytesMax && index < ENTRIES) {
        lines.push(`${sealLine(1)}\n`);
        flush();
        bytes = 0;
      }
      if (index % 1000 === 1 || index === 1) mkdirSync(join(pathOf(many, index), '..'), { recursive: true });
      if (index % 1000 === 0) mkdirSync(join(pathOf(many, index), '..'), { recursive: true });
      const temporary = join(many, 'tmp');
      writeFileSync(temporary, line);
      linkSync(temporary, pathOf(many, index));
      rmSync(temporary);
    }
    flush();
    const usedMb = (path: string) =>
      Number(execFileSync('du', ['-sk', path], { encoding: 'utf8' }).split('\t')[0]) / 1024;
    versus('100,000 entries on disk', usedMb(board.home), usedMb(many), 'MB');
    const readFiles = (from: number, to: number) => {
      for (let number = from; number <= to; number++) readFileSync(pathOf(many, number), 'utf8');
    };
    versus(
      'reading all of 100,000 (board --topic, a session that starts)',
      await timed(() => readBoard(files, board, BOARD_START)),
      await timed(() => readFiles(1, ENTRIES)),
    );
    const recent = { segment: segment - 1, offset: 0 };
    versus(
      'reading the newest segment, and as many files',
      await timed(() => readBoard(files, board, recent)),
      await timed(() => readFiles(ENTRIES - lineCount(join(board.home, segmentName(segment - 1))), ENTRIES)),
    );
    versus(
      'removing all of it (retention)',
      await timed(() => rmSync(board.home, { recursive: true })),
      await timed(() => rmSync(many, { recursive: true })),
    );
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
});

const lineCount = (path: string): number => readFileSync(path, 'utf8').split('\n').length - 1;
