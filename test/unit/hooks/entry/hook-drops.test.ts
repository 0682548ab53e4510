// hook.sh and what lies where things are dropped: it leaves by itself for names that are never work, and starts hook.cjs for others.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isNeverWork } from '#blackboard/inbox/never-work.ts';
import { boardLayout, INBOX_DIRECTORIES, sessionLayout } from '#blackboard/layout.ts';

const SCRIPT = fileURLToPath(new URL('../../../../hooks/entry/hook.sh', import.meta.url));
const ID = '01234567-89ab-7def-8123-456789abcdef';
let root: string;
let inbox: string;
let board: ReturnType<typeof boardLayout>;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hook-drops-'));
  board = boardLayout(root);
  const layout = sessionLayout(root, ID);
  inbox = layout.inbox.inbox;
  const directories = [join(board.marks, 'm'), board.drop, ...INBOX_DIRECTORIES.map(name => join(inbox, name))];
  for (const directory of directories) mkdirSync(directory, { recursive: true });
  writeFileSync(layout.cursor, '1:0');
  symlinkSync(join(layout.marks, 'm'), layout.mark);
});
afterEach(() => rmSync(root, { recursive: true }));

/** Whether it would start node: there is none here, which it writes down. */
function startsNode(event = 'UserPromptSubmit'): boolean {
  const env = { PATH: '/nowhere', CLAUDE_CODE_SESSION_ID: ID };
  const run = spawnSync('/bin/sh', [SCRIPT, event, root, '/no/node'], { input: '{}', encoding: 'utf8', env });
  expect(run).toMatchObject({ status: 0, stdout: '' });
  const started = existsSync(join(root, 'hooks.log')) || run.stderr.includes('agent-runner');
  rmSync(join(root, 'hooks.log'), { force: true });
  return started;
}

test('nothing there: it leaves by itself', () => {
  expect(startsNode()).toBe(false);
});

test.each([
  'x~',
  'x.swp',
  'x.part',
  'x.crdownload',
  'x.tmp',
  'x.bak',
  'x.lock',
  '~$x.docx',
  '#x#',
  'Thumbs.db',
  'desktop.ini',
])('%s is never work, in the inbox and on the board, unless takeAll says so', name => {
  expect(isNeverWork(name)).toBe(true);
  for (const directory of [inbox, board.drop]) {
    writeFileSync(join(directory, name), 'x');
    writeFileSync(join(root, 'config.yaml'), 'perDayUsd: 3\n');
    expect(startsNode()).toBe(false);
    writeFileSync(join(root, 'config.yaml'), 'perDayUsd: 3\ntakeAll: true # all\n');
    expect(startsNode()).toBe(true);
    rmSync(join(directory, name));
  }
});

test.each(['task.md', '~x', '#1', 'x.template'])('%s is work', name => {
  for (const directory of [inbox, board.drop]) {
    writeFileSync(join(directory, name), 'x');
    expect(startsNode()).toBe(true);
    rmSync(join(directory, name));
  }
});
