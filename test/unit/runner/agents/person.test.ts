import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeRoot } from '#blackboard/root.ts';
import type { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { FOR_PEOPLE, NOT_FOR_AGENTS, refuseAgents, requirePerson } from '#runner/agents/person.ts';

const files = createRunnerFiles();
let home: string;
let root: string;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'ar-person-'));
  root = join(home, 'root');
  await makeRoot(files, root, false);
});
afterEach(() => rmSync(home, { recursive: true }));
const asked = (env: NodeJS.ProcessEnv, hasTerminal: boolean, line = [] as ReturnType<typeof selfIdentity>[]) =>
  requirePerson(files, root, env, 'approve', () => hasTerminal, line);

test('a person is proven by a terminal', async () => {
  expect(await asked({}, true)).toBe('operator');
  await expect(asked({}, false)).rejects.toMatchObject({ exit: 77, message: expect.stringContaining('no terminal') });
});

test('a sign of a claude in the environment is no person, terminal or not', async () => {
  await expect(asked({ CLAUDECODE: '1' }, true)).rejects.toMatchObject({ exit: 77 });
});

test.each(NOT_FOR_AGENTS)('%s is refused where a claude may call, and needs no terminal', async verb => {
  await expect(refuseAgents(files, root, {}, verb)).resolves.toBeUndefined();
  const error = await refuseAgents(files, root, { CLAUDECODE: '1' }, verb).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ exit: 77 });
});

test('the page names all that only a person may do', () => {
  const page = readFileSync('docs/permissions.md', 'utf8');
  const section = page.slice(page.indexOf('## What only a person may do'));
  const named = [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, word]) => word);
  expect(named).toEqual([...FOR_PEOPLE, ...NOT_FOR_AGENTS]);
});
