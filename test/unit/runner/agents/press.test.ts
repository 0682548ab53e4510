import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { issueWord } from '#blackboard/cards/press.ts';
import { sessionLayout } from '#blackboard/layout.ts';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { makeRoot } from '#blackboard/root.ts';
import {
  type ProcessIdentity,
  selfIdentity,
  terminalFromStat,
  terminalOf,
} from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { requirePress } from '#runner/agents/press.ts';

const files = createRunnerFiles();
const ID = '01234567-89ab-7def-8123-456789abcdef';
const press = { verb: 'approve', card: ID } as const;
const claude = selfIdentity();
/** The command that claude has started: no such process is looked at. */
const command: ProcessIdentity = { ...claude, pid: claude.pid + 1 };
let root: string;
let word: string;
beforeEach(async () => {
  root = join(mkdtempSync(join(tmpdir(), 'ar-press-')), 'root');
  await makeRoot(files, root, false);
  const facts = { id: ID, cwd: '/', branch: null, process: claude, tmux: null, configDir: null, transcript: null };
  await registerSession(files, root, { ...facts, startedAt: new Date().toISOString() });
  const { mod } = sessionLayout(root, ID);
  await files.makeDirectory(mod.home);
  word = await issueWord(files, mod.words, press, Date.now());
});
afterEach(() => rmSync(join(root, '..'), { recursive: true }));

const asked = (line: ProcessIdentity[], terminal: (pid: number) => string | null, said = word) =>
  requirePress(files, root, { ...press, word: said }, Date.now(), line, terminal);
const onTerminal = () => '7 34817';

test('a person is proven by the word, in a command that the claude of a session started on its own terminal; once', async () => {
  expect(await asked([command, claude], onTerminal)).toBe('operator');
  await expect(asked([command, claude], onTerminal)).rejects.toMatchObject({ exit: 77 });
});

test.each([
  ['a shell stands between', () => [command, { ...claude, pid: claude.pid + 2 }, claude], onTerminal],
  ['no claude stands above', () => [command], onTerminal],
  [
    'claude’s tools have no terminal',
    () => [command, claude],
    (pid: number) => (pid === claude.pid ? '7 34817' : null),
  ],
  ['it has another kernel session', () => [command, claude], (pid: number) => `${pid} 34817`],
  ['nothing is known of terminals', () => [command, claude], () => null],
])('nobody is, where %s; and the word is not used up', async (_, line, terminal) => {
  await expect(asked(line(), terminal)).rejects.toMatchObject({ exit: 77 });
  expect(await asked([command, claude], onTerminal)).toBe('operator');
});

test('a word that nobody was given proves nothing', async () => {
  await expect(asked([command, claude], onTerminal, 'f'.repeat(64))).rejects.toMatchObject({ exit: 77 });
});

test('the terminal is that of the kernel’s process table', () => {
  expect(terminalFromStat('7 (a) b) S 1 7 5 34817 7 0 0')).toBe('5 34817');
  expect(terminalFromStat('7 (node) S 1 7 7 0 -1 0 0')).toBeNull();
  expect(terminalOf(2 ** 22 + 1), 'nobody').toBeNull();
});
