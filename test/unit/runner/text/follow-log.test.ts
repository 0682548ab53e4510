import { appendFile, copyFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lastLines, logBytes } from '#runner/text/follow-log.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ar-follow-'));
  path = join(directory, 'log');
});
afterEach(() => rm(directory, { recursive: true }));

describe('lastLines', () => {
  it.each([
    ['', 3, 0],
    ['a\nb\nc\n', 2, 2],
    ['a\nb\nc', 2, 2],
    ['a\nb\n', 9, 0],
    ['a\nb\n', 0, 4],
    ['\n\n\n', 2, 1],
  ])('of %j, the last %i begin at byte %i', async (text, count, fromByte) => {
    await writeFile(path, text);
    expect(await lastLines(path, count)).toEqual({ fromByte, sizeBytes: text.length });
  });

  it('finds lines longer than what is read at once', async () => {
    const [long, last] = ['x'.repeat(150_000), 'y'.repeat(70_000)];
    await writeFile(path, `first\n${long}\n${last}\n`);
    expect((await lastLines(path, 1)).fromByte).toBe(6 + long.length + 1);
    expect((await lastLines(path, 2)).fromByte).toBe(6);
  });

  it('of no file, begins at its beginning', async () =>
    expect(await lastLines(path, 3)).toEqual({ fromByte: 0, sizeBytes: 0 }));
});

/** A clock whose sleep does the next thing to the file; after the last one it ends the following. */
function steps(...each: (() => Promise<unknown>)[]) {
  const over = new AbortController();
  const clock = {
    nowMs: () => 0,
    monotonicMs: () => 0,
    async sleep() {
      const next = each.shift();
      if (next) await next();
      if (each.length === 0) over.abort();
    },
  };
  return { clock, signal: over.signal };
}

async function followed(from: number, ...each: (() => Promise<unknown>)[]): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const bytes of logBytes(path, from, steps(...each))) pieces.push(bytes);
  return Buffer.concat(pieces).toString();
}

describe('logBytes', () => {
  it('waits for a file, and looks once more at the end', async () => {
    expect(
      await followed(
        0,
        async () => {},
        () => writeFile(path, 'one\n'),
        () => appendFile(path, 'two\n'),
      ),
    ).toBe('one\ntwo\n');
  });

  it('after a copy and truncation reads the rest of the copy, then the new file', async () => {
    await writeFile(path, 'old\nseen\n');
    const rotate = async () => {
      await appendFile(path, 'unseen\n');
      await copyFile(path, `${path}.1`);
      await truncate(path, 0);
      await appendFile(path, 'new\n');
    };
    expect(await followed(4, rotate, () => appendFile(path, 'newer\n'))).toBe('seen\nunseen\nnew\nnewer\n');
  });

  it('starts again where a file was cut and there is no copy', async () => {
    await writeFile(path, 'a long line\n');
    expect(await followed(12, () => writeFile(path, 'short\n'))).toBe('short\n');
  });
});
