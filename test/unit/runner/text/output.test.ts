import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

let home: string;
let program: string;

/** Prints as a short command does, and says on stderr which of Node's streams were made for it. */
const SOURCE = `
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { stdout, whenFirstUsed } from '#runner/text/output.ts';
const [, , ...told] = process.argv;
if (told.includes('non-blocking')) new Socket({ fd: 1, readable: false }).unref();
whenFirstUsed((_, name) => writeSync(2, name + ' was made\\n'));
stdout.write('a\\u001bb\\n');
stdout.write(Buffer.from('\\u001bbytes\\n'));
if (told.includes('more')) process.stdout.write('by the stream\\n');
stdout.write('c'.repeat(Number(told[0] ?? 1)));
if (stdout.isTTY || stdout.columns !== undefined) writeSync(2, 'a terminal');
`;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'output-'));
  program = join(home, 'program.cjs');
  await build({
    stdin: { contents: SOURCE, resolveDir: '.' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['koffi'],
    outfile: program,
    logLevel: 'silent',
  });
});
afterAll(() => rmSync(home, { recursive: true }));

const run = (words: readonly string[], stdout: 'pipe' | number = 'pipe') => {
  const ran = spawnSync(process.execPath, [program, ...words], { stdio: ['ignore', stdout, 'pipe'], encoding: 'utf8' });
  return { text: ran.stdout, said: ran.stderr };
};

test('into a pipe and into a file text goes without a stream, printable; bytes unchanged', () => {
  expect(run([])).toEqual({ text: 'a�b\n\u001bbytes\nc', said: '' });
  const file = openSync(join(home, 'file'), 'w');
  expect(run([], file).said).toBe('');
  closeSync(file);
  expect(readFileSync(join(home, 'file'), 'utf8')).toBe('a�b\n\u001bbytes\nc');
});

test('once a stream was made, all goes to it, in its order', () => {
  const { text, said } = run(['3', 'more']);
  expect(text).toBe('a�b\n\u001bbytes\nby the stream\nccc');
  expect(said).toBe('stdout was made\n');
});

test('what is neither a pipe nor a file is written by its stream', () => {
  const file = openSync('/dev/null', 'w');
  expect(run([], file).said).toBe('stdout was made\n');
  closeSync(file);
});

test('where another process made it non-blocking, and it is full, everything comes all the same', async () => {
  const sizeBytes = 1_000_000;
  const child = spawn(process.execPath, [program, String(sizeBytes), 'non-blocking'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Nothing is read until it could not write on.
  const [first] = await once(child.stderr, 'data');
  expect(String(first)).toBe('stdout was made\n');
  let got = 0;
  child.stdout.on('data', (piece: Buffer) => {
    got += piece.length;
  });
  await once(child, 'close');
  expect(got).toBe('a\ufffdb\n\u001bbytes\n'.length + 2 + sizeBytes);
});
