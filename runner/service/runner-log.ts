/** Where a runner logs, with the time before each line: stderr, or a log file that is copied aside by size. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stampText } from '#blackboard/system/clock.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { instantText } from '#runner/text/terminal.ts';
import { createRotatedLog } from '#runner/text/transcript-log.ts';

/**
 * Takes one line without its newline: what is longer is made one, nobody's words begin a line. `path` undefined: stderr, broken
 * between words where that is a terminal. Resolves when the line can be read there.
 */
export async function openRunnerLog(
  path: string | undefined,
  stderr: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'> = process.stderr,
): Promise<(line: string) => Promise<void>> {
  if (path === undefined)
    return async line => {
      const said = `${instantText(Date.now(), Date.now())} ${printableLine(line)}`;
      stderr.write(`${wrapTo(said, terminalColumns(stderr))}\n`);
    };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const append = createRotatedLog(path, limits.runnerLogBytesMax, error => {
    process.stderr.write(`agent-runner: ${path} cannot be written: ${reasonOf(error)}\n`);
  });
  return line => append(`${stampText(Date.now())} ${printableLine(line)}\n`);
}
