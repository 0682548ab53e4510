import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { askKeepsPrompt, keepsPrompt } from '#runner/claude/prompt-probe.ts';
import { until } from '#test/support/until.ts';

const homes: string[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await rm(home, { recursive: true, force: true });
});

const result = (more: object) => JSON.stringify({ type: 'result', subtype: 'success', num_turns: 0, ...more });
const ASKED_THE_MODEL = result({ is_error: true, terminal_reason: 'api_error', num_turns: 1 });
const RAN_THE_COMMAND = result({ is_error: false, result: 'Total cost: $0' });

/** A claude that prints this line, and counts how often it was asked. */
async function claudeThatPrints(line: string) {
  const home = await mkdtemp(join(tmpdir(), 'probe-'));
  homes.push(home);
  const executable = join(home, 'claude');
  await writeFile(executable, `#!/bin/sh\ncat > ${home}/asked\necho x >> ${home}/times\ncat <<'E'\n${line}\nE\n`);
  await chmod(executable, 0o755);
  const asking = { files: createRunnerFiles(), root: home, executable, env: process.env };
  const times = () =>
    readFile(join(home, 'times'), 'utf8').then(
      text => text.trim().split('\n').length,
      () => 0,
    );
  return { home, executable, asking, times };
}

test.each([
  ['tried to ask a model: it keeps prompts', ASKED_THE_MODEL, true],
  ['ran the command: it does not', RAN_THE_COMMAND, false],
  ['says nothing of use', 'error: unknown option', null],
  ['ended in another way', result({ is_error: true, terminal_reason: 'blocking_limit' }), null],
])('a claude that %s', async (_name, line, expected) => {
  const { executable, home } = await claudeThatPrints(line);
  expect(await askKeepsPrompt({ executable, env: process.env })).toBe(expected);
  expect(JSON.parse(await readFile(join(home, 'asked'), 'utf8'))).toMatchObject({ client_composed: true });
});

test('nobody waits for the answer, it is asked for once, and a later runner finds it', async () => {
  const { asking, times } = await claudeThatPrints(ASKED_THE_MODEL);
  expect(await keepsPrompt(asking, false)).toBe(false);
  expect(await times()).toBe(0);
  expect(await keepsPrompt(asking, true)).toBe(false);
  await until('the answer', async () => await keepsPrompt(asking, true));
  expect(await times()).toBe(1);
  // Another runner of the root, in a process of its own: the answer is on disk.
  vi.resetModules();
  const another = await import('#runner/claude/prompt-probe.ts');
  expect(await another.keepsPrompt(asking, false)).toBe(true);
  expect(await times()).toBe(1);
});

test('a program that was replaced is asked again', async () => {
  const { asking, executable, times } = await claudeThatPrints(ASKED_THE_MODEL);
  await keepsPrompt(asking, true);
  await until('the answer', async () => await keepsPrompt(asking, true));
  await writeFile(executable, `${await readFile(executable, 'utf8')}# another version\n`);
  expect(await keepsPrompt(asking, true)).toBe(false);
  await until('the second answer', async () => await keepsPrompt(asking, true));
  expect(await times()).toBe(2);
});

test('a claude that is away keeps nothing', async () => {
  const { asking } = await claudeThatPrints(ASKED_THE_MODEL);
  expect(await keepsPrompt({ ...asking, executable: '/no/such/claude' }, true)).toBe(false);
});
