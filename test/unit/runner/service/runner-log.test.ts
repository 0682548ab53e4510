import { expect, test } from 'vitest';
import { openRunnerLog } from '../../../../runner/service/runner-log.ts';

test('what a runner says is broken between words on a terminal, and one line anywhere else', async () => {
  const said: string[] = [];
  const write = (text: string) => said.push(text) > 0;
  const line = 'reviewer: parked: not logged in; log in (start claude, type /login)';
  for (const isTTY of [true, false]) {
    const log = await openRunnerLog(undefined, { isTTY, columns: 40, write } as NodeJS.WriteStream);
    log(line);
  }
  expect(said).toEqual(['reviewer: parked: not logged in; log in\n  (start claude, type /login)\n', `${line}\n`]);
});
