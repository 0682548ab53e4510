import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { textAfterFile } from '#runner/cli/terminal/typed.ts';

let place: string;
let [a, b] = ['', ''];
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'text-after-file-'));
  [a, b] = [join(place, 'a'), join(place, 'b')];
  for (const path of [a, b]) writeFileSync(path, 'x');
});
afterAll(() => rmSync(place, { recursive: true }));

test('the text that --file took is found among the files', async () => {
  expect(await textAfterFile(undefined, [a, 'read this'], ['send', 'r', '--file', a, 'read this'])).toEqual({
    text: 'read this',
    files: [a],
  });
  expect(await textAfterFile(undefined, [a, b, '-'], ['send', 'r', '--file', a, b, '-', '--json'])).toEqual({
    text: '-',
    files: [a, b],
  });
});

test('a file that is not there stays a file, so that a slip is told', async () => {
  const all = { text: undefined, files: [a, 'c'] };
  expect(await textAfterFile(undefined, [a, 'c'], ['--file', a, '--file', 'c'])).toEqual(all);
  expect(await textAfterFile(undefined, [a, 'c'], [`--file=${a}`, '--file=c'])).toEqual(all);
  expect(await textAfterFile('text', [a, 'c'], ['text', '--file', a, 'c'])).toEqual({ ...all, text: 'text' });
  expect(await textAfterFile(undefined, [a, 'c', 'd'], ['--file', a, 'c', 'd'])).toEqual({
    text: undefined,
    files: [a, 'c', 'd'],
  });
  expect(await textAfterFile(undefined, [a, b], ['--file', a, b])).toEqual({ text: undefined, files: [a, b] });
});
