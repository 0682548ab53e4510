// A process that outlives the call it is started from: a script in its place.
import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startApart } from '#runner/service/start-apart.ts';

let home: string;
const [, script] = process.argv;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'apart-'));
  process.argv[1] = join(home, 'script.mjs');
});
afterEach(() => {
  process.argv[1] = script!;
  rmSync(home, { recursive: true });
});
const starts = (text: string) => {
  writeFileSync(process.argv[1]!, text);
  return startApart<{ pid: number; args: string[] }>(['self', '--', '/compact x']);
};

test('what waits has a kernel session of its own and none of the descriptors, and lives on', async () => {
  const { pid, args } = await starts(`
    process.send({ queued: { pid: process.pid, args: process.argv.slice(2) } }, () => process.disconnect());
    setInterval(() => {}, 1000);`);
  try {
    expect(args).toEqual(['self', '--', '/compact x']);
    if (process.platform !== 'linux') return;
    const [, , , session] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ');
    expect(Number(session)).toBe(pid);
    for (const each of [0, 1, 2]) expect(readlinkSync(`/proc/${pid}/fd/${each}`)).toBe('/dev/null');
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/');
  } finally {
    process.kill(pid, 'SIGKILL');
  }
});

test('why it does not wait is told as it says it, and that it ended without a word, too', async () => {
  const refused = { code: 'refused', message: 'no', kind: 'permanent', exit: 77, hint: 'ask' };
  await expect(starts(`process.send({ refused: ${JSON.stringify(refused)} })`)).rejects.toMatchObject({
    ...{ name: 'RunnerError', ...refused },
  });
  await expect(starts('process.exit(3)')).rejects.toMatchObject({ exit: 69, message: expect.stringContaining('3') });
});
