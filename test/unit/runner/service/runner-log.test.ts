import { expect, test } from 'vitest';
import { openRunnerLog } from '#runner/service/runner-log.ts';

test('what a runner says has the time before it, and is broken between words on a terminal, and one line anywhere else', async () => {
  const said: string[] = [];
  const write = (text: string) => said.push(text) > 0;
  const line = 'reviewer: parked: not logged in; log in (start claude, type /login)';
  for (const isTTY of [true, false]) {
    const log = await openRunnerLog(undefined, { isTTY, columns: 40, write } as NodeJS.WriteStream);
    log(line);
  }
  const time = '\\d\\d:\\d\\d:\\d\\d';
  expect(said[0]).toMatch(
    new RegExp(`^${time} reviewer: parked: not logged\n  in; log in \\(start claude, type /login\\)\n$`),
  );
  expect(said[1]).toMatch(
    new RegExp(`^${time} reviewer: parked: not logged in; log in \\(start claude, type /login\\)\n$`),
  );
});
