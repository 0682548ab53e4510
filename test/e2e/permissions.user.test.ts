// What an ordinary user may not read or write, in the places where things are dropped and read. Run by scripts/as-user.mjs: root
// would see none of it.
import { accessSync, chmodSync, constants, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AgentFixture, agentFixture } from '../support/agent-fixture.ts';
import { foreignDirectory, foreignFile, hasForeign } from '../support/foreign.ts';

let fixture: AgentFixture;
beforeEach(async () => {
  fixture = await agentFixture();
});
afterEach(() => fixture[Symbol.asyncDispose]());

it('these tests run as somebody to whom the system refuses what is not theirs', () => {
  const path = join(fixture.place.root, 'mine');
  writeFileSync(path, 'x');
  chmodSync(path, 0o000);
  expect(() => readFileSync(path)).toThrow(/EACCES/);
  expect(() => writeFileSync('/etc/agent-runner-test', 'x')).toThrow(/EACCES|EROFS/);
});

it.skipIf(!hasForeign)('a file and a directory of root’s can be put anywhere, and are still root’s', () => {
  const [file, directory] = ['file', 'directory'].map(name => join(fixture.place.root, name)) as [string, string];
  foreignFile(file);
  expect(statSync(file)).toMatchObject({ uid: 0 });
  expect(() => readFileSync(file)).toThrow(/EACCES/);
  foreignDirectory(directory);
  expect(statSync(directory)).toMatchObject({ uid: 0 });
  expect(() => accessSync(join(directory, 'file'), constants.R_OK)).toThrow(/EACCES/);
});

it('an agent works on what was dropped, and what it leaves is for its owner alone', async () => {
  const agent = await fixture.agent('worker');
  fixture.start();
  agent.drop('task.md', '@@SAY done by an ordinary user@@');
  expect(await agent.answer(await agent.taken('task.md'))).toBe('done by an ordinary user');
  expect(statSync(fixture.root).mode & 0o777).toBe(0o700);
  expect(statSync(agent.layout.transcript).mode & 0o777).toBe(0o600);
});
