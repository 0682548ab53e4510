import { expect, test } from 'vitest';
import { guarded, guardTerminal } from '#runner/cli/terminal/guard.ts';
import { paintFor } from '#runner/text/terminal.ts';

test('our own colours reach a terminal, nobody else’s escapes do', () => {
  const red = paintFor({ isTTY: true }, {}).red('x');
  expect(guarded(`${red}\u001b[2J\u001b]0;t\u0007\u202e`, true)).toBe(`${red}�[2J�]0;t�\\u{202e}`);
  expect(guarded('\r\u001b[Kwaiting', true)).toBe('\r\u001b[Kwaiting');
  expect(guarded(red, false)).toBe('�[31mx�[0m');
});

test('what is written as text passes it, bytes pass it by', () => {
  const got: unknown[] = [];
  const stream = { isTTY: false, write: (chunk: unknown) => got.push(chunk) > 0 };
  guardTerminal(stream as never);
  stream.write('a\u001bb');
  stream.write(Buffer.from('\u001b'));
  expect(got).toEqual(['a�b', Buffer.from('\u001b')]);
});
