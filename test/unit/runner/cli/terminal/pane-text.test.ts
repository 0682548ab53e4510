import { afterEach, expect, test, vi } from 'vitest';
import { printSaid, renderPane, renderPanes } from '#runner/cli/terminal/pane-text.ts';
import type { PaneStatus } from '#runner/results/panes.ts';
import { stdout } from '#runner/text/output.ts';

const evil = (field: string) => `${field}\u001b[2J\u009b31m\u202e\r\nFORGED\u0007`;
const NOW = Date.parse('2026-11-30T12:00:00Z');
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

const pane: PaneStatus = {
  ...{
    kind: 'pane',
    address: 'work:1.0',
    id: '%1',
    socket: '/tmp/s',
    state: 'idle',
    subtype: null,
    reason: 'it has ended',
  },
  ...{ name: 'app-main', session: 's', pid: 1, lastActivityAt: '2026-11-30T11:59:43Z', own: true },
  dialog: null,
  sources: [{ source: 'screen', says: 'an empty box', line: 'half "a" draft' }],
  gates: [
    { verb: 'send', isOpen: true, why: 'the box is empty', override: null },
    { verb: 'esc', isOpen: false, why: 'a draft', override: null },
    { verb: 'cmd', isOpen: false, why: 'a turn runs', override: '--force' },
  ],
};
const hostile: PaneStatus = {
  ...pane,
  ...{
    address: evil('address'),
    name: evil('name'),
    session: evil('session'),
    subtype: evil('subtype'),
    reason: evil('reason'),
  },
  dialog: evil('dialog'),
  sources: [{ source: 'screen', says: evil('says'), line: evil('line') }],
  gates: [{ verb: 'send', isOpen: false, why: evil('why'), override: null }],
};

const { isTTY } = process.stdout;
afterEach(() => {
  process.stdout.isTTY = isTTY;
  vi.restoreAllMocks();
});

test('a row has the address, starred if it is the own one, the state, and the time since something was said', () => {
  const rows = ['2026-11-30T11:52:00Z', '2026-11-30T10:39:00Z', '2026-11-26T16:00:00Z', null];
  const lines = renderPanes(
    [pane, ...rows.map(lastActivityAt => ({ ...pane, lastActivityAt, own: false }))],
    NOW,
  ).split('\n');
  expect(lines[0]).toMatch(/^ADDR +STATE +SUBTYPE +LAST +NAME$/);
  expect(lines[1]).toMatch(/^work:1\.0\* +idle +- +17s +app-main$/);
  expect(lines.slice(2, 6).map(line => line.split(/ +/)[3])).toEqual(['8m', '1h21m', '3d20h', '-']);
  expect(renderPanes([], NOW)).toBe('');
});

test('status says what each source says and each gate would say', () => {
  const text = renderPane(pane, NOW);
  expect(text).toContain('screen       an empty box: "half \\"a\\" draft"');
  expect(text).toContain('send         open: the box is empty');
  expect(text).toContain('esc          closed: a draft');
  expect(text).toContain('cmd          closed, but for --force: a turn runs');
});

test('the verbs that only look are one line, and a dialog is shown with its choices, without its rules', () => {
  const looks = (['list', 'status', 'wait', 'peek', 'tail'] as const).map(verb => ({
    ...{ verb, isOpen: true, why: 'it only looks', override: null },
  }));
  const rule = '─'.repeat(40);
  const dialog = ` Bash command\n\n   rm -r build\n${rule}\n Do you want to proceed?\n ❯ 1. Yes\n   2. No\n`;
  const lines = renderPane({ ...pane, dialog, gates: [...pane.gates, ...looks] }, NOW).split('\n');
  expect(lines.filter(line => line.includes('tail'))).toEqual(['  always open  list, status, wait, peek, tail']);
  const at = lines.findIndex(line => line.startsWith('  dialog'));
  expect(lines.slice(at, at + 5)).toEqual([
    '  dialog       │ Bash command',
    '               │ rm -r build',
    '               │ Do you want to proceed?',
    '               │ ❯ 1. Yes',
    '               │ 2. No',
  ]);
});

test('nothing that a screen or a name holds moves the cursor or begins a line of its own', () => {
  for (const text of [renderPanes([hostile], NOW), renderPane(hostile, NOW)]) {
    expect(text).not.toMatch(CONTROL);
    expect(text).not.toMatch(/^FORGED/m);
  }
  let printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation(piece => {
    printed += piece;
    return true;
  });
  vi.spyOn(stdout, 'write').mockImplementation(piece => {
    printed += piece;
    return true;
  });
  // In a pipe a text stays what it is, as everywhere.
  process.stdout.isTTY = true;
  printSaid({ role: 'user', at: null, text: 'said\u001b[2J\u202e' }, NOW);
  expect(printed).toContain('said');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours.
  expect(printed.replace(/\u001b\[[02]m/g, '')).not.toMatch(CONTROL);
});
