// What is remembered of files counts only while they are as they were.
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { openRemembered } from '#blackboard/system/remembered.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';

const files = createSyncFiles();
let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'remembered-'));
  mkdirSync(join(place, 'directory'));
  writeFileSync(join(place, 'file'), 'one');
});
afterEach(() => rmSync(place, { recursive: true }));

const kept = () => join(place, 'kept', 'all.json');
const settled = () => Date.now() + 2 * limits.settledMs;

/** What a look comes to that sees `now`, if another saw `then` before `change`; enough was seen to be kept. */
async function recalled(change: () => void, { nowMs = settled(), of = 'x', name = 'file', lasts = true } = {}) {
  const paths = () => [join(place, name), join(place, 'directory'), join(place, 'none')];
  const before = await openRemembered(files, kept(), 'x', nowMs);
  for (let key = 0; key < limits.rememberedMin; key++)
    await before.recall(
      `${key}`,
      paths,
      async () => 'then',
      () => lasts,
    );
  await before.keep();
  change();
  const after = await openRemembered(files, kept(), of, settled());
  return after.recall(
    '0',
    paths,
    async () => 'now',
    () => true,
  );
}

test('what is as it was is not looked at again', async () => {
  expect(await recalled(() => {})).toBe('then');
});

const file = () => join(place, 'file');
test.each<[string, () => void]>([
  ['a name more in a directory', () => writeFileSync(join(place, 'directory', 'more'), '')],
  [
    'a directory that was away for a moment',
    () => {
      writeFileSync(join(place, 'directory', 'more'), '');
      rmSync(join(place, 'directory', 'more'));
    },
  ],
  [
    'another directory in its place',
    () => {
      renameSync(join(place, 'directory'), join(place, 'other'));
      mkdirSync(join(place, 'directory'));
    },
  ],
  [
    'a file of the same length, with the time of the one before',
    () => {
      const { atime, mtime } = statSync(file());
      writeFileSync(file(), 'two');
      utimesSync(file(), atime, mtime);
    },
  ],
  [
    'another file in its place, as old as the one before',
    () => {
      const { atime, mtime } = statSync(file());
      writeFileSync(join(place, 'new'), 'two');
      utimesSync(join(place, 'new'), atime, mtime);
      renameSync(join(place, 'new'), file());
    },
  ],
  ['other rights', () => chmodSync(file(), 0o400)],
  ['one that is gone', () => rmSync(file())],
  ['one that was not there', () => writeFileSync(join(place, 'none'), '')],
  ['a memory that is torn', () => writeFileSync(kept(), '{"of":"x","known":{"0":[')],
  ['a memory that is gone', () => rmSync(kept())],
])('%s: looked at again', async (_, change) => {
  expect(await recalled(change)).toBe('now');
});

test('what was found says which of the paths must change first: the others are not asked again', async () => {
  const places = (found: string | null) => [file(), ...(found === 'empty' ? [] : [join(place, 'directory')])];
  for (const round of ['first', 'again']) {
    const before = await openRemembered(files, kept(), 'x', settled());
    for (let key = 0; key < limits.rememberedMin; key++) {
      const found = before.recall(
        `${key}`,
        places,
        async () => (key === 0 ? 'empty' : 'full'),
        () => true,
      );
      expect(await found, round).toBe(key === 0 ? 'empty' : 'full');
    }
    await before.keep();
  }
  writeFileSync(join(place, 'directory', 'more'), '');
  const after = await openRemembered(files, kept(), 'x', settled());
  const now = async (key: string) =>
    after.recall(
      key,
      places,
      async () => 'now',
      () => true,
    );
  expect([await now('0'), await now('1')]).toEqual(['empty', 'now']);
  writeFileSync(file(), 'two');
  expect(await now('0')).toBe('now');
});

test('what may change without a sign is never remembered', async () => {
  symlinkSync(file(), join(place, 'link'));
  expect(await recalled(() => {}, { name: 'link' })).toBe('now');
  expect(await recalled(() => {}, { lasts: false })).toBe('now');
  expect(await recalled(() => {}, { of: 'another version' })).toBe('now');
});

test('nor is what changed so lately that the next change could have the same time', async () => {
  expect(await recalled(() => {}, { nowMs: Date.now() })).toBe('now');
  expect(await recalled(() => {}, { nowMs: Date.now() - 3_600_000 })).toBe('now');
});
