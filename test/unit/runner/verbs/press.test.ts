// What counts as a change of a dialog behind a pressed key.
import { expect, test } from 'vitest';
import { readScreen } from '#runner/panes/screen.ts';
import { dialogIn, requireChoice } from '#runner/verbs/press.ts';
import { PANE_FIXTURES } from '#test/support/pane-fixtures.ts';

const RULE = '─'.repeat(80);
const DIALOG = PANE_FIXTURES.find(({ name }) => name === 'permission-bash-80')!
  .captured.split(/^(?=.*─{80})/m)
  .at(-1)!;
const seen = (above: string, dialog = DIALOG) => {
  const captured = `${above}\n${dialog}`;
  const screen = readScreen(captured);
  return { captured, screen, dialog: dialogIn({ captured, screen }) };
};

test('what blinks above a dialog is no change; its cursor, another dialog, and the prompt box are', () => {
  const before = seen('● Running git push');
  expect(before.screen).toMatchObject({ kind: 'dialog', dialog: 'permission' });
  expect(seen('  Running git push').dialog).toBe(before.dialog);
  expect(seen('● Running git push', DIALOG.replace('❯', ' ')).dialog).not.toBe(before.dialog);
  expect(seen('', `${RULE}\n❯\u00a0\n${RULE}\n  ⏸ manual mode on\n`).dialog).not.toBe(before.dialog);
});

test('a number that the dialog does not have is refused, and no other key', () => {
  const { dialog } = seen('● Running git push');
  for (const key of ['1', '2', '3', 'y', 'esc', 'up']) expect(() => requireChoice(key, dialog)).not.toThrow();
  expect(() => requireChoice('7', dialog)).toThrow(
    expect.objectContaining({ exit: 64, message: 'the dialog has no choice 7', hint: 'Expected one of: 1 2 3 4' }),
  );
  expect(() => requireChoice('1', '  Rewind\n  ❯ now\n')).toThrow(expect.objectContaining({ exit: 64 }));
  expect(() => requireChoice('7', '  1. one\n  ↓ 13 more\n')).not.toThrow();
});

test('every dialog whose choices have numbers takes its own, and no higher one', () => {
  const dialogs = PANE_FIXTURES.map(({ captured }) => readScreen(captured)).flatMap(screen =>
    screen.kind === 'dialog' ? [screen] : [],
  );
  const numbered = dialogs.filter(({ text }) => /❯ 1\. /.test(text));
  expect(numbered.length).toBeGreaterThan(5);
  for (const { text } of numbered) {
    expect(() => requireChoice('1', text)).not.toThrow();
    expect(() => requireChoice('9', text), text).toThrow(expect.objectContaining({ exit: 64 }));
  }
});
