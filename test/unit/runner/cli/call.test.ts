// What every command is called with: where it warns.
import { afterEach, expect, test, vi } from 'vitest';
import { callOf } from '#runner/cli/call.ts';

const stream = vi.hoisted(() => ({ isTTY: true, columns: 60, write: vi.fn() }));
vi.mock('#runner/text/output.ts', () => ({ stdout: stream, stderr: stream }));
afterEach(() => stream.write.mockClear());

test.each([
  [true, 'agent-runner: you have the key deploy already, until\n  22:19:53; extend it with --renew\n'],
  [false, 'agent-runner: you have the key deploy already, until 22:19:53; extend it with --renew\n'],
])('a warning is wrapped between words on a terminal (%s), and is one line elsewhere', (isTTY, printed) => {
  stream.isTTY = isTTY;
  callOf({}).warn('you have the key deploy already, until 22:19:53; extend it with --renew');
  expect(stream.write.mock.calls).toEqual([[printed]]);
});

test.each([
  [true, 'worker may do this unasked from now on:\n  Bash(npm test *)\n'],
  [false, 'worker may do this unasked from now on: Bash(npm test *)\n'],
])('so is what a command prints on stdout (%s)', (isTTY, printed) => {
  Object.assign(stream, { isTTY, columns: 42 });
  callOf({}).show(null, () => 'worker may do this unasked from now on: Bash(npm test *)\n');
  expect(stream.write.mock.calls).toEqual([[printed]]);
});
