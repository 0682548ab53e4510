import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';

const files = createSyncFiles();
let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'ar-sync-'));
});
afterEach(() => rmSync(place, { recursive: true }));

test('a named pipe keeps nobody waiting: it is empty, and takes nothing', async () => {
  const pipe = join(place, 'pipe');
  execFileSync('mkfifo', [pipe]);
  expect(await files.read(pipe)).toHaveLength(0);
  await expect(files.append(pipe, 'x')).rejects.toThrow(/ENXIO/);
});
