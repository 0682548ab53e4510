/** One suite for every implementation of the file port: the real disk, and the one in memory that other tests stand on. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type Files, readText } from '#blackboard/system/files.ts';
import { writersInLsof } from '#blackboard/system/open-files.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';

const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function onDisk(): { files: Files; base: string } {
  const base = mkdtempSync(join(tmpdir(), 'agent-runner-files-'));
  made.push(base);
  return { files: createRunnerFiles(), base };
}

function inMemory(): { files: Files; base: string } {
  const files = createMemoryFiles(Date.now);
  files.prepare('/base');
  return { files, base: '/base' };
}

const atOnce = () => ({ ...onDisk(), files: createSyncFiles() });

describe.each([
  ['the disk', onDisk],
  ['the disk, at once', atOnce],
  ['memory', inMemory],
] as const)('%s', (_name, factory) => {
  test('a created file is whole, and a name that is taken is refused and left alone', async () => {
    const { files, base } = factory();
    expect(await files.create(join(base, 'a'), 'first')).toBe('created');
    expect(await files.create(join(base, 'a'), 'second')).toBe('exists');
    expect(await readText(files, join(base, 'a'), 100)).toBe('first');
  });

  test('a link refuses a taken name and says when its source is gone', async () => {
    const { files, base } = factory();
    await files.create(join(base, 'a'), 'x');
    expect(await files.link(join(base, 'a'), join(base, 'b'))).toBe('linked');
    expect(await files.link(join(base, 'a'), join(base, 'b'))).toBe('exists');
    expect(await files.link(join(base, 'nothing'), join(base, 'c'))).toBe('gone');
    const [a, b] = [await files.facts(join(base, 'a')), await files.facts(join(base, 'b'))];
    expect(a?.inode).toBe(b?.inode);
    expect(a?.links).toBe(2);
  });

  test('a move changes when a file was last changed, and not when it was last written', async () => {
    const { files, base } = factory();
    await files.create(join(base, 'a'), 'x');
    const written = (await files.facts(join(base, 'a')))!;
    let moved = written;
    // The clock of the file system ticks every few milliseconds.
    while (moved.changedMs === written.changedMs) {
      await files.move(join(base, 'a'), join(base, 'b'));
      await files.move(join(base, 'b'), join(base, 'a'));
      moved = (await files.facts(join(base, 'a')))!;
      await new Promise(setImmediate);
    }
    expect(moved.changedMs).toBeGreaterThan(moved.mtimeMs);
    expect(moved.mtimeMs).toBe(written.mtimeMs);
  });

  test('a move happens once: the second one finds its source gone', async () => {
    const { files, base } = factory();
    await files.create(join(base, 'a'), 'x');
    expect(await files.move(join(base, 'a'), join(base, 'b'))).toBe('moved');
    expect(await files.move(join(base, 'a'), join(base, 'c'))).toBe('gone');
    expect(await files.list(base)).toEqual(['b']);
  });

  test('a pointer is a link of its own, may lead nowhere, and refuses a taken name; moved and removed, it is the pointer', async () => {
    const { files, base } = factory();
    expect(await files.point('no/where', join(base, 'p'))).toBe('made');
    expect(await files.point('b', join(base, 'p'))).toBe('exists');
    expect(await files.facts(join(base, 'p'))).toMatchObject({ kind: 'link' });
    await files.create(join(base, 'b'), 'b');
    expect(await files.move(join(base, 'p'), join(base, 'b'))).toBe('moved');
    expect(await files.facts(join(base, 'b'))).toMatchObject({ kind: 'link' });
    expect(await files.facts(join(base, 'p'))).toBeNull();
    await files.remove(join(base, 'b'));
    expect(await files.list(base)).toEqual([]);
  });

  test('a move replaces what lies at its target', async () => {
    const { files, base } = factory();
    await files.create(join(base, 'a'), 'new');
    await files.create(join(base, 'b'), 'old');
    await files.move(join(base, 'a'), join(base, 'b'));
    expect(await readText(files, join(base, 'b'), 100)).toBe('new');
  });

  test('a directory is made by exactly one of two', async () => {
    const { files, base } = factory();
    const outcomes = await Promise.all([files.makeDirectory(join(base, 'd')), files.makeDirectory(join(base, 'd'))]);
    expect(outcomes.sort()).toEqual(['exists', 'made']);
    expect((await files.facts(join(base, 'd')))?.kind).toBe('directory');
  });

  test('what is missing is null, empty or gone, never an error', async () => {
    const { files, base } = factory();
    expect(await files.read(join(base, 'no'))).toBeNull();
    expect(await files.facts(join(base, 'no'))).toBeNull();
    expect(await files.list(join(base, 'no'))).toEqual([]);
    await files.remove(join(base, 'no'));
  });

  test('writing into a directory that is not there throws ENOENT', async () => {
    const { files, base } = factory();
    await expect(files.create(join(base, 'no', 'a'), 'x')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('reading goes from an offset, for so many bytes', async () => {
    const { files, base } = factory();
    await files.create(join(base, 'a'), '0123456789');
    const part = await files.read(join(base, 'a'), { offset: 3, bytesMax: 4 });
    expect(new TextDecoder().decode(part!)).toBe('3456');
    expect((await files.read(join(base, 'a'), { offset: 99 }))?.length).toBe(0);
  });

  test('appending makes the file and adds to it', async () => {
    const { files, base } = factory();
    await files.append(join(base, 'log'), 'a');
    await files.append(join(base, 'log'), 'b', { sync: true });
    expect(await readText(files, join(base, 'log'), 100)).toBe('ab');
  });

  test('an empty directory is removed, one with something in it is not', async () => {
    const { files, base } = factory();
    await files.makeDirectory(join(base, 'd'));
    await files.create(join(base, 'd', 'a'), 'x');
    await expect(files.remove(join(base, 'd'))).rejects.toMatchObject({ code: 'ENOTEMPTY' });
    await files.remove(join(base, 'd', 'a'));
    await files.remove(join(base, 'd'));
    expect(await files.list(base)).toEqual([]);
  });

  test('many syncs of one directory at once all return', async () => {
    const { files, base } = factory();
    await Promise.all(Array.from({ length: 50 }, () => files.syncDirectory(base)));
  });
});

describe('the disk alone', () => {
  test('files are 0600 and directories 0700 whatever the umask', async () => {
    const { files, base } = onDisk();
    const before = process.umask(0);
    try {
      await files.create(join(base, 'a'), 'x');
      await files.append(join(base, 'b'), 'x');
      await files.makeDirectory(join(base, 'd'));
    } finally {
      process.umask(before);
    }
    expect(['a', 'b', 'd'].map(name => (statSync(join(base, name)).mode & 0o777).toString(8))).toEqual([
      '600',
      '600',
      '700',
    ]);
  });

  test('a link that somebody put in the way is not followed', async () => {
    const { files, base } = onDisk();
    symlinkSync('/dev/null', join(base, 'a'));
    expect(await files.create(join(base, 'a'), 'x')).toBe('exists');
    await expect(files.append(join(base, 'a'), 'x')).rejects.toMatchObject({ code: 'ELOOP' });
    expect((await files.facts(join(base, 'a')))?.kind).toBe('link');
  });

  test('facts tell FIFOs from files', async () => {
    const { files, base } = onDisk();
    execFileSync('mkfifo', [join(base, 'pipe')]);
    expect((await files.facts(join(base, 'pipe')))?.kind).toBe('fifo');
  });

  test('a file that a process has open for writing is seen, one open for reading is not', async () => {
    const { files, base } = onDisk();
    await files.create(join(base, 'written'), 'x');
    await files.create(join(base, 'read'), 'x');
    const writer = openSync(join(base, 'written'), 'a');
    const reader = openSync(join(base, 'read'), 'r');
    try {
      const open = await files.openForWriting([join(base, 'written'), join(base, 'read')]);
      expect([...open]).toEqual([join(base, 'written')]);
    } finally {
      closeSync(writer);
      closeSync(reader);
    }
    expect((await files.openForWriting([join(base, 'written')])).size).toBe(0);
  });
});

test('lsof output (macOS) is read by access mode', () => {
  const output = 'p12\nf3\naw\nn/a/written\nf4\nar\nn/a/read\np13\nf9\nau\nn/a/both\n';
  expect([...writersInLsof(output, new Set(['/a/written', '/a/read', '/a/both']))]).toEqual(['/a/written', '/a/both']);
});
