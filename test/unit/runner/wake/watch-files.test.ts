// Directories that are watched by their names, with chokidar on a real disk: also one that comes later, or is made again.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watch } from 'chokidar';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { followBases } from '#runner/wake/watch-files.ts';
import { until } from '#test/support/until.ts';
import { createFakeClock, type FakeClock } from '#test/unit/fake-clock.ts';

let home: string;
let build: string;
let clock: FakeClock;
/** What chokidar has heard, and the directories that were named as a whole. */
let heard: string[];
let noted: string[];
let end: () => Promise<void>;

beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'watch-files-')));
  build = join(home, 'build');
  clock = createFakeClock();
  heard = [];
  noted = [];
});
afterEach(async () => {
  await end();
  rmSync(home, { recursive: true, force: true });
});

async function begin(): Promise<void> {
  const watcher = watch([], { ignoreInitial: true });
  watcher.on('all', (_, path) => heard.push(path));
  const options = { root: home, files: createRunnerFiles(), clock, complain: () => {} };
  const bases = followBases(options, watcher, new Set([build]), { note: path => noted.push(path) });
  bases.start();
  end = async () => {
    await bases[Symbol.asyncDispose]();
    await watcher.close();
  };
  await until('the first look', () => clock.sleepers() > 0);
}
let written = 0;
/** When chokidar has begun to watch, nobody says: so it is written until it is heard of. */
const isHeardOf = (name: string) =>
  until(`word of ${name}`, async () => {
    writeFileSync(join(build, name), `${++written}`);
    await clock.advance(limits.watchBaseLookMs);
    return heard.includes(join(build, name));
  });

test('one that comes later is watched, and is named once for what came into it before', async () => {
  await begin();
  mkdirSync(build);
  writeFileSync(join(build, 'early.js'), '');
  await isHeardOf('late.js');
  expect(noted).toEqual([build]);
});

test('one that is removed and made again at once, as builds do, is watched again', async () => {
  mkdirSync(build);
  await begin();
  await isHeardOf('first.js');
  expect(noted).toEqual([]);
  rmSync(build, { recursive: true });
  mkdirSync(build);
  await isHeardOf('second.js');
});
