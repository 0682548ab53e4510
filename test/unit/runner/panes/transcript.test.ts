import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { readSaid, readTurn } from '#runner/panes/transcript.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'transcript-'));
  path = join(directory, 's.jsonl');
});
afterEach(() => rmSync(directory, { recursive: true }));

const said = (type: string, text: string, stop_reason?: string) =>
  `${JSON.stringify({ type, timestamp: '2026-11-30T10:00:00Z', message: { content: [{ type: 'text', text }], stop_reason } })}\n`;
/** A record that says nothing, of so many bytes. */
const noise = (bytes: number) => `${JSON.stringify({ type: 'api-request', blob: 'x'.repeat(bytes) })}\n`;

test('the last turn is found however much lies behind it, and in a file of any size only its end is read', () => {
  for (const bytes of [10, 2 * limits.transcriptTailBytes, 20 * limits.transcriptTailBytes]) {
    writeFileSync(path, noise(100) + said('user', 'hello') + said('assistant', 'fine', 'end_turn') + noise(bytes));
    expect(readTurn(path), String(bytes)).toMatchObject({ turn: { turn: 'ended' }, changedMs: expect.any(Number) });
    expect(readSaid(path, 2).texts.map(({ text }) => text)).toEqual(['hello', 'fine']);
  }
});

test('an end without any record of the conversation is not "nothing was asked"', () => {
  writeFileSync(path, said('user', 'hello'));
  // A hole takes no disk.
  truncateSync(path, 2 * limits.proofBytesMax);
  expect(readTurn(path)).toBeNull();
  expect(readSaid(path, 1)).toEqual({ texts: [], sizeBytes: 2 * limits.proofBytesMax });
});

test('no file yet is a session in which nothing was asked; one that cannot be read is not', () => {
  const none = { turn: { turn: 'none', fault: null, atMs: null, tool: null }, changedMs: null };
  expect(readTurn(null)).toEqual(none);
  expect(readTurn(path)).toEqual(none);
  expect(readTurn(directory)).toBeNull();
  writeFileSync(path, '');
  expect(readTurn(path)).toMatchObject({ turn: { turn: 'none' } });
});

test('fewer texts than were asked for are all there are', () => {
  writeFileSync(path, said('user', 'one') + said('assistant', 'two', 'end_turn'));
  expect(readSaid(path, 9).texts).toHaveLength(2);
  expect(readSaid(path, 0).texts).toEqual([]);
});
