import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rootLayout } from '#blackboard/layout.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { logWrite } from '#runner/panes/pane-log.ts';
import { sweepShared } from '#runner/retention/shared-retention.ts';

const files = createRunnerFiles();
const TEXT = '[agent-runner] a secret\nof two lines';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pane-log-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const path = () => rootLayout(root).paneLog;
const lines = (): object[] =>
  readFileSync(path(), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
const write = (logsText: boolean, stashes = false) =>
  logWrite(files, root, {
    ...{ verb: 'send', pane: { id: '%1', address: 'work:1.0' }, socket: '/s', session: 's-1' },
    gate: { state: 'idle', subtype: null, forced: false },
    ...{ text: TEXT, stashes, logsText },
  });

test('a write is logged before the first key, with its length and hash, and how it ended under the same id', async () => {
  const ended = await write(false);
  const facts = { verb: 'send', target: 'work:1.0', pane: '%1', socket: '/s', session: 's-1' };
  const gate = { state: 'idle', subtype: null, forced: false };
  const sha256 = createHash('sha256').update(TEXT).digest('hex');
  const first = { ...facts, gate, chars: TEXT.length, sha256, at: expect.any(String), id: expect.any(String) };
  expect(lines()).toEqual([first]);
  await ended('done');
  const [begun, end] = lines() as { id: string }[];
  expect(end).toEqual({ at: expect.any(String), id: begun!.id, verb: 'send', result: 'done' });
  expect(statSync(path()).mode & 0o777).toBe(0o600);
});

test('the text itself is there only with --log-text', async () => {
  await write(false);
  expect(readFileSync(path(), 'utf8')).not.toContain('secret');
  await write(true);
  expect(lines()[1]).toMatchObject({ text: TEXT });
  expect(lines()[1]).not.toHaveProperty('stash');
  await write(false, true);
  expect(lines()[2]).toMatchObject({ stash: true });
});

test('what cannot be logged is not written; what was written stays so without room for its end', async () => {
  const ended = await write(false);
  rmSync(rootLayout(root).logs, { recursive: true });
  writeFileSync(rootLayout(root).logs, 'no directory');
  await expect(write(false)).rejects.toThrow();
  await ended('done');
});

test('a log that has grown is put aside by the next sweep, and one that has not is not', async () => {
  const sweep = async () => {
    for await (const _ of sweepShared(files, root, { days: 1, doneBytes: 1 } as never, Date.now()));
  };
  await write(false);
  await sweep();
  expect(lines()).toHaveLength(1);
  truncateSync(path(), limits.eventsBytesMax);
  await sweep();
  expect(() => statSync(path())).toThrow();
  expect(statSync(`${path()}.1`).size).toBe(limits.eventsBytesMax);
  await write(false);
  expect(lines()).toHaveLength(1);
});
