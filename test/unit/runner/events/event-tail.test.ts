import { execFileSync } from 'node:child_process';
import { appendFileSync, closeSync, mkdtempSync, openSync, renameSync, rmSync, symlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { encodeEvent } from '#blackboard/events/encode-event.ts';
import type { Event } from '#blackboard/events/event.ts';
import { type EventTail, tailEvents } from '#runner/events/event-tail.ts';

const home = mkdtempSync(join(tmpdir(), 'event-tail-'));
afterAll(() => rmSync(home, { recursive: true }));
let path = '';
let count = 0;
beforeEach(() => {
  path = join(home, `${++count}.jsonl`);
});

const line = (text: string) =>
  encodeEvent({ at: '2026-11-21T12:00:00.000Z', peer: 'a', type: 'turn.text', turn: 1, text });
const write = (...texts: string[]) => appendFileSync(path, texts.map(line).join(''));
const rotate = () => renameSync(path, `${path}.1`);
const textsOf = (events: readonly Event[]) => events.map(event => (event.type === 'turn.text' ? event.text : '?'));
const seen = (tail: EventTail) => textsOf(tail.look());

test('gives what is there with what was there before it, then what comes', () => {
  write('one');
  rotate();
  write('two', 'three');
  using tail = tailEvents(path);
  expect(seen(tail)).toEqual(['one', 'two', 'three']);
  expect(seen(tail)).toEqual([]);
  write('four');
  expect(seen(tail)).toEqual(['four']);
});

test('waits for a file that is not there yet', () => {
  using tail = tailEvents(path);
  expect(seen(tail)).toEqual([]);
  write('one');
  expect(seen(tail)).toEqual(['one']);
});

test('goes on over a rotation, with what was written just before and just after it', () => {
  write('one');
  using tail = tailEvents(path);
  seen(tail);
  write('two');
  rotate();
  write('three');
  expect(seen(tail)).toEqual(['two', 'three']);
  expect(seen(tail)).toEqual([]);
});

test('goes on over two rotations between two looks', () => {
  write('one');
  using tail = tailEvents(path);
  seen(tail);
  write('two');
  rotate();
  write('three');
  rotate();
  write('four');
  expect(seen(tail)).toEqual(['two', 'three', 'four']);
});

test('gives what a writer that had the file open wrote after it was renamed', () => {
  write('one');
  using tail = tailEvents(path);
  seen(tail);
  const late = openSync(path, 'a');
  rotate();
  expect(seen(tail)).toEqual([]);
  writeSync(late, line('late'));
  closeSync(late);
  write('two');
  expect(seen(tail).sort()).toEqual(['late', 'two']);
});

test('goes on over a deletion: what was written before it is there, and nothing twice', () => {
  write('zero');
  rotate();
  write('one');
  using tail = tailEvents(path);
  seen(tail);
  write('two');
  rmSync(path);
  expect(seen(tail)).toEqual(['two']);
  write('three');
  expect(seen(tail)).toEqual(['three']);
  rmSync(path);
  rmSync(`${path}.1`);
  write('four');
  expect(seen(tail)).toEqual(['four']);
});

test('a line is given once it is whole, and one that stays torn is skipped', () => {
  const whole = line('one');
  appendFileSync(path, whole.slice(0, 20));
  using tail = tailEvents(path);
  expect(seen(tail)).toEqual([]);
  appendFileSync(path, whole.slice(20));
  expect(seen(tail)).toEqual(['one']);
  appendFileSync(path, `${whole.slice(0, 30)}\nnot JSON\n{}\n\u0000${line('two')}`);
  write('three');
  expect(seen(tail)).toEqual(['three']);
  appendFileSync(path, 'x'.repeat(300_000));
  expect(seen(tail)).toEqual([]);
  appendFileSync(path, '\n');
  write('four');
  expect(seen(tail)).toEqual(['four']);
});

test('of a long file no more than its end is read for the last ones', () => {
  write(...Array.from({ length: 500 }, (_, at) => `${at} ${'x'.repeat(500)}`));
  using tail = tailEvents(path, 10);
  const texts = seen(tail);
  expect(texts.length).toBeGreaterThanOrEqual(10);
  expect(texts.length).toBeLessThan(200);
  expect(texts.at(-1)).toMatch(/^499 /);
  write('new');
  expect(seen(tail)).toEqual(['new']);
});

test('what is no plain file is none', () => {
  execFileSync('mkfifo', [path]);
  using fifo = tailEvents(path);
  expect(seen(fifo)).toEqual([]);
  rmSync(path);
  symlinkSync('/etc/passwd', path);
  expect(seen(fifo)).toEqual([]);
});
