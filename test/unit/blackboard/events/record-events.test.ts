import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { decodeEvent } from '#blackboard/events/decode-event.ts';
import { encodeEvent } from '#blackboard/events/encode-event.ts';
import type { Event, EventBody } from '#blackboard/events/event.ts';
import { recordEvents, rotateEvents } from '#blackboard/events/record-events.ts';
import type { Files } from '#blackboard/system/files.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';

const home = mkdtempSync(join(tmpdir(), 'events-'));
afterAll(() => rmSync(home, { recursive: true }));
const AT = '2026-11-21T12:00:00.000Z';
const body = (text: string): EventBody => ({ type: 'turn.text', turn: 1, text });
const said = (text: string): Event => ({ at: AT, peer: 'a', type: 'turn.text', turn: 1, text });
const record = (files: Files, path: string, ...texts: string[]) =>
  recordEvents(files, { peer: 'a', events: path }, AT, ...texts.map(body));

for (const [name, files] of [
  ['a command', createSyncFiles()],
  ['a runner', createRunnerFiles()],
] as const) {
  test(`${name} appends a line for each event, to a file that is its owner's alone`, async () => {
    const path = join(home, `${name}.jsonl`);
    await record(files, path, 'one', 'two');
    await record(files, path, 'three');
    expect(readFileSync(path, 'utf8')).toBe([said('one'), said('two'), said('three')].map(encodeEvent).join(''));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test(`${name} loses what cannot be written, and nothing else`, async () => {
    await record(files, join(home, 'gone', 'events.jsonl'), 'one');
    expect(existsSync(join(home, 'gone')), 'a root that is away gets no directory').toBe(false);
    const blocked = join(home, `${name}-file`);
    writeFileSync(blocked, '');
    await record(files, join(blocked, 'events.jsonl'), 'one');
    await rotateEvents(files, join(blocked, 'events.jsonl'), 0);
  });

  test(`${name} renames a file that has grown, over the one before`, async () => {
    const path = join(home, `${name}-grown.jsonl`);
    await record(files, path, 'one');
    await rotateEvents(files, path, 10_000);
    expect(statSync(path).size).toBeGreaterThan(0);
    for (const text of ['two', 'three']) {
      await rotateEvents(files, path, 1);
      await record(files, path, text);
    }
    expect(readFileSync(`${path}.1`, 'utf8')).toBe(encodeEvent(said('two')));
    expect(readFileSync(path, 'utf8')).toBe(encodeEvent(said('three')));
  });
}

test('lines of two writers at once stay whole', async () => {
  const path = join(home, 'two.jsonl');
  mkdirSync(home, { recursive: true });
  const line = encodeEvent(said('x'.repeat(1_900)));
  const writer = `const { appendFileSync } = require('node:fs');
    process.stdin.once('data', () => { for (let i = 0; i < 2000; i++) appendFileSync(process.argv[1], process.argv[2]); process.exit(); });
    process.stdout.write('ready');`;
  const children = [1, 2].map(() =>
    spawn(process.execPath, ['-e', writer, path, line], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  await Promise.all(children.map(child => once(child.stdout, 'data')));
  for (const child of children) child.stdin.write('go');
  const files = createRunnerFiles();
  for (let i = 0; i < 200; i++) await record(files, path, 'y'.repeat(i));
  await Promise.all(children.map(child => once(child, 'exit')));
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(4_200);
  expect(lines.filter(each => decodeEvent(each) === null)).toEqual([]);
});
