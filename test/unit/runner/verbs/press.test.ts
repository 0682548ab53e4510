// What counts as a change of a dialog behind a pressed key.
import { expect, test } from 'vitest';
import { readScreen } from '#runner/panes/screen.ts';
import { dialogIn } from '#runner/verbs/press.ts';
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
