import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'agent-runner-files-'));
});
afterEach(() => rmSync(base, { recursive: true }));

test('thousands of looks in a row let others have their turn', async () => {
  const files = createRunnerFiles();
  let others = 0;
  const other = () => {
    others++;
    immediate = setImmediate(other);
  };
  let immediate = setImmediate(other);
  for (let look = 0; look < limits.looksAtOnce * 3; look++) await files.facts(base);
  clearImmediate(immediate);
  expect(others).toBeGreaterThanOrEqual(2);
});

test.each([limits.readAtOnceBytes, limits.readAtOnceBytes + 1])(
  'a file of %i bytes is read whole, and from an offset',
  async size => {
    const path = join(base, 'file');
    writeFileSync(path, Buffer.alloc(size, 'x'));
    const files = createRunnerFiles();
    expect((await files.read(path))!.length).toBe(size);
    expect((await files.read(path, { offset: size - 3 }))!.length).toBe(3);
  },
);
