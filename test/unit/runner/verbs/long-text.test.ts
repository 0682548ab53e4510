// A text too long for a box goes ahead as a message or a file; the line in its place names that.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { registerSession, type SessionPeer } from '#blackboard/peers/sessions.ts';
import { temporaryError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import type { PaneView } from '#runner/panes/look.ts';
import { cleanText, fitsBox } from '#runner/panes/typed-text.ts';
import { carryAhead, lineOf, linesFor, wholeText, withCarried } from '#runner/verbs/long-text.ts';
import { screenNamed } from '#test/support/pane-fixtures.ts';
import { makeWorkerRoot, type WorkerRoot } from './worker-root.ts';

const ID = 'd3adbeef-0000-4000-8000-000000000001';
const TEXT = `first line\n${'a word of many '.repeat(2_000)}\nlast line`;

let root: WorkerRoot;
beforeEach(async () => {
  root = await makeWorkerRoot();
});
afterEach(() => root.clear());

const viewOf = (peer: SessionPeer | null, sessionId = ID) => ({ peer, open: { sessionId } }) as unknown as PaneView;
const registered = () =>
  registerSession(root.context.files, root.context.root, {
    ...{ id: ID, cwd: '/src/app', branch: null, process: selfIdentity(), configDir: null, transcript: null },
    ...{ tmux: null, startedAt: new Date().toISOString() },
  });

test('a session with our hooks gets it as a message that wakes nobody and wants no reply', async () => {
  const carried = await carryAhead(root.context, viewOf(await registered()), TEXT);
  expect(carried).toMatchObject({ as: 'message', name: expect.stringMatching(/^[\w-]+$/) });
  const inbox = sessionLayout(root.context.root, ID).inbox;
  const [name = ''] = await root.context.files.list(inbox.new);
  expect(name).toContain(carried.name);
  const message = readFileSync(join(inbox.new, name), 'utf8');
  expect(message).toContain(TEXT);
  expect(message).toMatch(/^kind: "note"$/m);
  expect(message).toMatch(/^wake: false$/m);
  expect(lineOf(carried)).toContain(`agent-runner read ${carried.name}`);
});

test('one without, and one whose pane another session took over, get it as a file that only its user reads', async () => {
  const peer = await registered();
  for (const view of [viewOf(null), viewOf(peer, 'another')]) {
    const carried = await carryAhead(root.context, view, TEXT);
    expect(carried.as).toBe('file');
    expect(readFileSync(carried.name, 'utf8')).toBe(TEXT);
    expect(statSync(carried.name).mode & 0o077).toBe(0);
    expect(lineOf(carried)).toContain(` ${carried.name}: read it`);
  }
  expect(await root.context.files.list(rootLayout(root.context.root).typed)).toHaveLength(2);
  expect(await root.context.files.list(sessionLayout(root.context.root, ID).inbox.new)).toEqual([]);
});

test('the line is short, of one row of text, and begins with our word', () => {
  for (const line of linesFor('/home/somebody/.agent-runner')) {
    expect(line).toMatch(/^\[agent-runner\] /);
    expect(cleanText(line)).toBe(line);
    expect(line).not.toContain('\n');
    expect(line.length).toBeLessThan(limits.pasteCharsMax);
    for (const width of [60, 80, 120]) expect(fitsBox(line, screenNamed(`fresh-${width}`))).toBe(true);
  }
});

test('what fails after the text went ahead says where it is, and a message is not to be sent again', () => {
  const error = temporaryError('it was not proven', 'Look.');
  expect(withCarried({ as: 'message', name: 'm-1' }, error)).toMatchObject({
    ...{ exit: 75, message: 'it was not proven' },
    hint: expect.stringMatching(/^Look\. .*as m-1.*do not send it again/),
  });
  expect(withCarried({ as: 'file', name: '/r/typed/x.txt' }, error)).toMatchObject({
    hint: expect.stringContaining('/r/typed/x.txt'),
  });
  const bug = new Error('a bug');
  expect(withCarried({ as: 'file', name: '/x' }, bug)).toBe(bug);
});

test('what is piped in is read whole; what is no text, or too much of it, is refused', async () => {
  const piped = async function* (...chunks: Uint8Array[]) {
    yield* chunks;
  };
  const bytes = Buffer.from('日本');
  expect(await wholeText(piped(bytes.subarray(0, 2), bytes.subarray(2)))).toBe('日本');
  expect(await wholeText('as it is')).toBe('as it is');
  expect(await wholeText(null)).toBe('');
  await expect(wholeText(piped(Buffer.from([0, 255, 254, 0])))).rejects.toMatchObject({ exit: 64, message: /no text/ });
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  await expect(wholeText(piped(chunk, chunk, chunk, chunk, chunk))).rejects.toMatchObject({
    exit: 64,
    message: /at most 4 MiB/,
  });
});
