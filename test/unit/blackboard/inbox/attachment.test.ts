import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { attachCopy, keepAttachment } from '#blackboard/inbox/attachment.ts';
import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { type Inbox, inboxLayout } from '#blackboard/layout.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { textOf } from '#blackboard/text/text-encoding.ts';
import { idOf } from './an-inbox.ts';

const files = createRunnerFiles();
const id = idOf(1);
let home = '';
let inbox: Inbox;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'agent-runner-attachment-'));
  inbox = inboxLayout(home);
  await makeInbox(files, inbox);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));
const kept = (name: string) => readFileSync(join(inbox.files, id, name), 'utf8');

test('text is UTF-8 without NUL, whatever else it holds', () => {
  expect(textOf(Buffer.from('grün\r\n\u001b[1m'))).toBe('grün\r\n\u001b[1m');
  expect(textOf(Buffer.from([0x61, 0x00]))).toBeNull();
  expect(textOf(Buffer.from([0xff, 0xfe]))).toBeNull();
  expect(textOf(Buffer.from([0xe2, 0x82]))).toBeNull();
  expect(textOf(new Uint8Array())).toBe('');
});

test('a dropped file is kept by a link, not by a copy, and keeping it again changes nothing', async () => {
  const drop = join(home, 'drop');
  writeFileSync(drop, 'x');
  for (let time = 0; time < 2; time++) await keepAttachment(files, inbox, id, 'a.pdf', drop);
  expect(statSync(join(inbox.files, id, 'a.pdf')).ino).toBe(statSync(drop).ino);
  expect(readdirSync(join(inbox.files, id))).toEqual(['a.pdf']);
});

test('a sent file is kept as a copy: the sender’s may change after', async () => {
  const source = join(home, 'notes.txt');
  writeFileSync(source, 'before');
  expect(await attachCopy(files, inbox, id, 'notes.txt', source)).toEqual({ name: 'notes.txt', sizeBytes: 6 });
  writeFileSync(source, 'after!');
  expect(kept('notes.txt')).toBe('before');
  expect(statSync(join(inbox.files, id, 'notes.txt')).mode & 0o077).toBe(0);
  expect(readdirSync(inbox.tmp)).toEqual([]);
});

test('bytes and streams are kept as files are', async () => {
  await attachCopy(files, inbox, id, 'bytes', Buffer.from('bytes'));
  expect(await attachCopy(files, inbox, id, 'stream', Readable.from(['a', 'b']))).toEqual({
    name: 'stream',
    sizeBytes: 2,
  });
  expect([kept('bytes'), kept('stream')]).toEqual(['bytes', 'ab']);
});

test('two files of one name get a number; the same content again does not', async () => {
  const names: string[] = [];
  for (const text of ['one', 'two', 'one', 'six', 'two'])
    names.push((await attachCopy(files, inbox, id, 'notes.txt', Buffer.from(text))).name);
  expect(names).toEqual(['notes.txt', 'notes-2.txt', 'notes.txt', 'notes-3.txt', 'notes-2.txt']);
});

test('a source that cannot be read leaves nothing behind', async () => {
  await expect(attachCopy(files, inbox, id, 'x', join(home, 'gone'))).rejects.toMatchObject({ code: 'ENOENT' });
  expect(readdirSync(inbox.tmp)).toEqual([]);
  expect(readdirSync(inbox.files)).toEqual([]);
});
