// The board with real processes: eight writers that are killed with SIGKILL again and again, readers that race with them.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BOARD_START, type Cursor } from '#blackboard/board/cursor.ts';
import { decodeEntry } from '#blackboard/board/entry.ts';
import { finishWriting } from '#blackboard/board/finish-writing.ts';
import { isNothingNew, keepMark, takeMark } from '#blackboard/board/nothing-new.ts';
import { postEntry } from '#blackboard/board/post.ts';
import { readBoard } from '#blackboard/board/read.ts';
import { boardLayout, sessionLayout } from '#blackboard/layout.ts';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { makeRoot } from '#blackboard/root.ts';
import { newId } from '#blackboard/system/ids.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { until } from '#test/support/until.ts';

const files = createRunnerFiles();
const MS = process.env.AGENT_RUNNER_TEST_FULL ? 60_000 : 8_000;
let place: string;
let root: string;
beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'ar-board-'));
  root = join(place, 'root');
  await makeRoot(files, root, false);
});
afterEach(() => rmSync(place, { recursive: true, force: true, maxRetries: 5 }));

interface Reader {
  cursor: Cursor;
  mark: string | null;
  seen: string[];
  quickly: number;
}

/** One look, by the quick way first: as a hook does it. */
async function look(reader: Reader): Promise<void> {
  const board = boardLayout(root);
  if (await isNothingNew(files, board, reader.mark)) {
    reader.quickly++;
    return;
  }
  await finishWriting(files, root, { self: selfIdentity(), nowMs: Date.now() });
  const mark = await takeMark(files, board);
  const { entries, next } = await readBoard(files, board, reader.cursor);
  reader.seen.push(...entries.map(({ id }) => id));
  Object.assign(reader, { cursor: next, mark });
}

/**
 * Eight writers that are killed and started again for so long, and until enough has come of it; two readers beside them: what was
 * accepted, seen, and is there.
 */
async function race(how: 'ours' | 'naive', ms: number) {
  const script = join(place, 'writer.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('../support/board-writer.ts', import.meta.url))],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  const accepted: string[] = [];
  let over = false;
  let kills = 0;
  const writer = async (seed: number) => {
    for (let life = 0; !over; life++) {
      const child: ChildProcess = spawn(process.execPath, [script, root, String(seed + 8 * life), '150000', how], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout!.setEncoding('utf8').on('data', piece => {
        said += piece;
      });
      // On a busy machine it starts late. Then its moment of death is to be any.
      const closed = once(child, 'close');
      await Promise.race([once(child.stdout!, 'data'), closed]);
      await pause(Math.random() * 700);
      child.kill('SIGKILL');
      kills++;
      await closed;
      accepted.push(...said.split('\n').slice(0, -1));
    }
  };
  const readers: Reader[] = [1, 2].map(() => ({ cursor: BOARD_START, mark: null, seen: [], quickly: 0 }));
  const reading = readers.map(async reader => {
    while (!over) {
      await look(reader);
      await pause(Math.random() * 20);
    }
  });
  const writing = Array.from({ length: 8 }, (_, index) => writer(index + 1));
  await pause(ms);
  const board = boardLayout(root);
  const segmentsNow = () => readdirSync(board.home).filter(name => name.endsWith('.jsonl'));
  const isEnough = () => kills > 16 && accepted.length > 16 && (how === 'naive' || segmentsNow().length > 1);
  await until('deaths and entries', isEnough);
  over = true;
  await Promise.all([...writing, ...reading]);
  for (const reader of readers) await look(reader);

  const segments = segmentsNow();
  const lines = segments.flatMap(name => readFileSync(join(board.home, name), 'utf8').split('\n').slice(0, -1));
  const whole = new Set(lines.map(decodeEntry).flatMap(entry => (entry ? [entry.id] : [])));
  process.stderr.write(
    `board (${how}): ${kills} kills, ${accepted.length} accepted, ${whole.size} whole, ${segments.length} segments, ${readers.map(({ quickly }) => quickly)} quick looks\n`,
  );
  return { accepted, readers, whole, segments, kills };
}

test('8 writers and kill -9: no torn entry is accepted, no whole one is skipped or doubled', async () => {
  const { accepted, readers, whole, segments, kills } = await race('ours', MS);
  for (const reader of readers) {
    expect(new Set(reader.seen).size, 'none twice').toBe(reader.seen.length);
    expect(accepted.filter(id => !reader.seen.includes(id))).toEqual([]);
    expect([...whole].filter(id => !reader.seen.includes(id))).toEqual([]);
    expect(reader.seen.filter(id => !whole.has(id))).toEqual([]);
  }
  expect(readdirSync(boardLayout(root).writing)).toEqual([]);
  expect(kills).toBeGreaterThan(8);
  expect(segments.length).toBeGreaterThan(1);
});

test('the control: writers that only append lose what they accepted', async () => {
  const { accepted, readers } = await race('naive', 2_000);
  expect(accepted.length).toBeGreaterThan(8);
  for (const { seen } of readers) {
    const known = new Set(seen);
    expect(accepted.filter(id => !known.has(id)).length).toBeGreaterThan(0);
  }
});

test('the shell’s quick look agrees with ours, whatever stands on the disk', async () => {
  const board = boardLayout(root);
  const ID = '00000000-0000-4000-8000-000000000000';
  const session = join(root, 'sessions', ID);
  execFileSync('mkdir', ['-p', join(session, 'shown')]);
  // In place of Node: says that it was called.
  const node = join(place, 'node');
  writeFileSync(node, '#!/bin/sh\necho slow\n', { mode: 0o755 });
  const hook = fileURLToPath(new URL('../../hooks/entry/hook.sh', import.meta.url));
  const shell = () =>
    execFileSync('/bin/sh', [hook, 'UserPromptSubmit', root, node], {
      encoding: 'utf8',
      env: { CLAUDE_CODE_SESSION_ID: ID },
    });
  expect(shell(), 'it is new to the board').toBe('slow\n');
  writeFileSync(join(session, 'cursor'), '1:0\n');
  const mark = (await takeMark(files, board))!;
  const cases: [string, () => unknown][] = [
    ['no mark', () => rmSync(join(session, 'mark'), { force: true })],
    ['a mark of an older version', () => writeFileSync(join(session, 'mark'), `${mark}\n`)],
    ['its mark', () => keepMark(files, sessionLayout(root, ID), mark)],
    ['a drop', () => writeFileSync(join(board.drop, 'a.md'), 'x')],
    ['no drop', () => rmSync(join(board.drop, 'a.md'))],
    ['the mark is gone', () => rmdirSync(join(board.marks, mark))],
  ];
  for (const [what, change] of cases) {
    await change();
    const known = what.includes('no mark') || what.includes('older') ? null : mark;
    expect([what, shell()]).toEqual([what, (await isNothingNew(files, board, known)) ? '' : 'slow\n']);
  }
});

describe('the shortest way of the shell, for a session with an inbox', () => {
  const ID = '00000000-0000-4000-8000-000000000001';
  const hook = fileURLToPath(new URL('../../hooks/entry/hook.sh', import.meta.url));
  const session = () => sessionLayout(root, ID);
  let node: string;
  beforeEach(async () => {
    node = join(place, 'node');
    writeFileSync(node, '#!/bin/sh\necho slow\n', { mode: 0o755 });
    const facts = { cwd: '/a b', branch: null, process: selfIdentity(), tmux: null, configDir: null, transcript: null };
    await registerSession(files, root, { id: ID, startedAt: new Date().toISOString(), ...facts });
    writeFileSync(session().cursor, '1:0\n');
    await keepMark(files, session(), (await takeMark(files, boardLayout(root)))!);
  });
  const run = (event: string, ...options: string[]) =>
    execFileSync('/bin/sh', [hook, event, root, node, ...options], {
      encoding: 'utf8',
      env: { CLAUDE_CODE_SESSION_ID: ID, PATH: process.env.PATH ?? '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  const all = () => [run('UserPromptSubmit'), run('PostToolUse'), run('Stop'), run('Stop', 'deliver-on-stop')];

  test('is taken where nothing is there, and the state is noted', () => {
    expect(all()).toEqual(['', '', '', '']);
    expect(readFileSync(session().state, 'utf8')).toMatch(/^idle\n/);
    run('PostToolUse');
    expect(readFileSync(session().state, 'utf8')).toMatch(/^busy\n/);
  });

  const ID7 = '01a1fcb7-a7c8-7c51-b0ee-687e382413f2';
  test.each([
    ['a message', `inbox/new/1795000000000-${ID7}`, ['slow', '', '', 'slow']],
    ['an urgent message', `inbox/new/1795000000000-${ID7},high`, ['slow', 'slow', '', 'slow']],
    ['a message for later', `inbox/later/1795000000000-${ID7}`, ['slow', '', '', '']],
    ['a file', 'inbox/task.md', ['slow', 'slow', '', 'slow']],
    ['a file with blanks', 'inbox/a task.md', ['slow', 'slow', '', 'slow']],
    ['a file that is called *', 'inbox/*', ['slow', 'slow', '', 'slow']],
    ['a file that is called [a].md', 'inbox/[a].md', ['slow', 'slow', '', 'slow']],
    ['a file in an editor', 'inbox/.task.md.swp', ['', '', '', '']],
    ['its backup', 'inbox/task.md~', ['', '', '', '']],
    ['a drop on its way', `inbox/tmp/drop-${ID7}-a.md`, ['slow', 'slow', '', 'slow']],
    ['news that are not proven', 'unproven/news,p1.prompt', ['slow', 'slow', 'slow', 'slow']],
    ['more of it', 'unproven/mid,p1.t1', ['slow', '', 'slow', 'slow']],
    ['news that are proven', 'shown/p1.prompt/seen', ['', '', '', '']],
    ['a file for the board', '../../board/drop/a.md', ['slow', '', '', '']],
    ['one that is called *', '../../board/drop/*', ['slow', '', '', '']],
    ['one that is called [a].md', '../../board/drop/[a].md', ['slow', '', '', '']],
  ])('sees %s', (_what, path, expected) => {
    const file = join(session().home, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, 'x');
    expect(all()).toEqual(expected);
  });

  test('sees what was posted, until it has read it', async () => {
    const at = new Date().toISOString();
    const id = newId(Date.now());
    const writer = { self: selfIdentity(), nowMs: Date.now() };
    await postEntry(files, root, { id, at, from: 'a', kind: 'note', text: 'x' }, writer);
    expect(all()).toEqual(['slow', '', '', '']);
  });

  test('sees a file although a directory of the inbox is missing', () => {
    rmSync(session().inbox.later, { recursive: true });
    expect(all()).toEqual(['', '', '', '']);
    writeFileSync(join(session().inbox.inbox, 'task.md'), 'x');
    expect(all()).toEqual(['slow', 'slow', '', 'slow']);
  });
});
