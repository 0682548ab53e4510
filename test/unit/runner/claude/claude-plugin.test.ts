// What becomes of a claude that does not do what it is asked for the plugin: a script stands for it. The real one: e2e/plugin.test.ts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exitCode } from '#blackboard/system/errors.ts';
import { usersClaude } from '#runner/claude/claude-plugin.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ar-plugin-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function claudeThat(script: string) {
  writeFileSync(join(root, 'claude'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return usersClaude(root, { PATH: `${root}:/usr/bin:/bin`, CLAUDECODE: '1' });
}

test('a refusal is told in claude’s own words, with what was asked', async () => {
  const claude = await claudeThat('echo "no room here" >&2; exit 3');
  const refused = { exit: exitCode.cannotCreate, message: 'claude plugin list --json: exit 3: no room here' };
  await expect(claude.installed()).rejects.toMatchObject(refused);
  await expect(claude.install('/p')).rejects.toMatchObject({ message: expect.stringContaining('marketplace add /p') });
});

test.each(['', 'garbage', '{"id":"agent-runner@agent-runner"}'])('a list that says %j is none', async text => {
  const claude = await claudeThat(`echo '${text}'`);
  await expect(claude.installed()).rejects.toMatchObject({ exit: exitCode.cannotCreate });
});

test('entries of others, and of another scope, are not ours; nothing of a session is handed on', async () => {
  const entry = (more: object) => ({ id: 'agent-runner@agent-runner', scope: 'user', version: '1', ...more });
  const list = [null, 3, entry({ id: 'agent-runner@other' }), entry({ scope: 'project' })];
  expect(await (await claudeThat(`echo '${JSON.stringify(list)}'`)).installed()).toBeNull();
  const own = entry({ version: '$CLAUDECODE', enabled: true, installPath: '/p' });
  const claude = await claudeThat(`cat <<END\n${JSON.stringify([...list, own])}\nEND`);
  expect(await claude.installed()).toEqual({ version: '', enabled: true, path: '/p' });
});

test('without a claude it is 78', async () => {
  await expect(usersClaude(root, { PATH: root })).rejects.toMatchObject({ exit: exitCode.configuration });
});
