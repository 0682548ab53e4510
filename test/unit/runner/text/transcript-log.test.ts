import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { createTranscript } from '#runner/text/transcript-log.ts';

let home = '';
let path = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'agent-runner-transcript-'));
  path = join(home, 'transcript.log');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));
const fail = (error: unknown) => {
  throw error;
};

test('what is written at once stands in the order of the calls', async () => {
  const show = createTranscript(path, fail);
  const lines = Array.from({ length: 200 }, (_, at) => `line ${at}\n`);
  await Promise.all(lines.map(line => show(line)));
  expect(readFileSync(path, 'utf8')).toBe(lines.join(''));
});

test('nobody else may read it', async () => {
  await createTranscript(path, fail)('x');
  expect(statSync(path).mode & 0o077).toBe(0);
});

test('what stood there before a restart stays', async () => {
  await createTranscript(path, fail)('one\n');
  await createTranscript(path, fail)('two\n');
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
});

test('when it is full it is copied aside and emptied in place, so that tail -f goes on', async () => {
  writeFileSync(path, 'old\n');
  const before = statSync(path).ino;
  const show = createTranscript(path, fail);
  const much = 'x'.repeat(limits.transcriptBytesMax);
  await show(much);
  expect(statSync(path)).toMatchObject({ ino: before, size: 0 });
  expect(readFileSync(`${path}.1`, 'utf8')).toBe(`old\n${much}`);
  await show('new\n');
  expect(readFileSync(path, 'utf8')).toBe('new\n');
  expect(statSync(path).ino).toBe(before);
});

test('below the limit nothing is copied', async () => {
  await createTranscript(path, fail)('x'.repeat(1_000));
  expect(existsSync(`${path}.1`)).toBe(false);
});

test('a line that cannot be written is told and lost; the next one is written', async () => {
  const errors: unknown[] = [];
  const show = createTranscript(join(home, 'gone', 'transcript.log'), error => errors.push(error));
  await show('lost\n');
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatchObject({ code: 'ENOENT' });
  await show('lost too\n');
  expect(errors).toHaveLength(2);
});
