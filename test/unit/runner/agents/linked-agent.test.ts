// agent.md and its kin as links, as people have them who keep a repository of dotfiles. On a real disk.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { agentLayout, rootLayout } from '#blackboard/layout.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { createAgentReader, readAgent } from '#runner/agents/agent-directory.ts';
import { readTemplate } from '#runner/agents/agent-template.ts';
import { readConfig } from '#runner/agents/config.ts';
import { readDefinition } from '#runner/agents/read-definition.ts';
import { checkAgents } from '#runner/doctor/agent-checks.ts';
import { wantsRunner } from '#runner/fleet/passed-over.ts';

const files = createRunnerFiles();
const env = { HOME: '/home/u' };
let root: string;
let dotfiles: string;
let layout: ReturnType<typeof agentLayout>;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ar-links-'));
  dotfiles = join(root, 'dotfiles');
  layout = agentLayout(root, 'linked');
  for (const directory of [dotfiles, layout.home, layout.inbox.inbox, layout.inbox.new])
    mkdirSync(directory, { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (text: string) => {
  const path = join(dotfiles, 'agent.md');
  writeFileSync(path, text);
  utimesSync(path, 1_000_000, 1_000_000);
  return path;
};

test('an agent.md that is a link is an agent, and what it leads to is read again when it changes', async () => {
  symlinkSync(write('---\ncwd: /one\n---\n'), layout.definition);
  expect(await listAgents(files, root)).toEqual(['linked']);
  const reader = createAgentReader(files, env, Date.now);
  expect(await reader.read(layout)).toMatchObject({ kind: 'usable', definition: { cwd: '/one' } });
  expect(await reader.read(layout)).toBe(await reader.read(layout));
  write('---\ncwd: /two\n---\n');
  expect(await reader.read(layout)).toMatchObject({ kind: 'usable', definition: { cwd: '/two' } });
  expect(await readDefinition(files, layout, env)).toMatchObject({ kind: 'usable', definition: { cwd: '/two' } });
  expect(await wantsRunner(files, reader, layout)).toBe(true);
});

test('so is one whose whole directory is a link', async () => {
  const home = join(dotfiles, 'agent');
  mkdirSync(home);
  writeFileSync(join(home, 'agent.md'), '---\ncwd: /one\n---\n');
  symlinkSync(home, agentLayout(root, 'away').home);
  expect(await listAgents(files, root)).toEqual(['away']);
  expect(await readAgent(files, agentLayout(root, 'away'), env)).toMatchObject({ kind: 'usable' });
});

test.each([
  ['nowhere', 'is a link that leads nowhere'],
  ['.', 'is a directory, or a link to one'],
  ['agent.md', 'is a link that leads to itself'],
])('a link to %j is a broken agent, and the reason is named', async (target, words) => {
  symlinkSync(target, layout.definition);
  expect(await listAgents(files, root)).toEqual(['linked']);
  const problem = expect.stringContaining(words);
  expect(await readAgent(files, layout, env)).toEqual({ kind: 'broken', problem });
  expect(await readDefinition(files, layout, env)).toEqual({ kind: 'broken', problem });
});

test('a config.yaml or template that is a link that leads nowhere is not taken for one that is not there', async () => {
  const { config } = rootLayout(root);
  symlinkSync('nowhere', config);
  await expect(readConfig(files, root)).rejects.toThrow(`${config} is a link that leads nowhere`);
  const template = join(root, 'templates', 'mine.md');
  mkdirSync(dirname(template));
  symlinkSync('nowhere', template);
  await expect(readTemplate(files, [dirname(template)], 'mine')).rejects.toThrow(
    `${template} is a link that leads nowhere`,
  );
});

test('doctor names a queue whose agent.md is gone', async () => {
  expect(await checkAgents(files, root, [], 0)).toMatchObject([{ ok: true }]);
  writeFileSync(join(layout.inbox.inbox, 'task.md'), 'work');
  expect(await checkAgents(files, root, [], 0)).toMatchObject([
    { ok: false, sentence: `linked has no agent.md, and 1 message in ${layout.inbox.inbox}` },
  ]);
});

test('a template that is a directory is named, and no raw error', async () => {
  const directory = join(root, 'templates', 'mine.md');
  mkdirSync(directory, { recursive: true });
  await expect(readTemplate(files, [dirname(directory)], 'mine')).rejects.toThrow(
    `${directory} is a directory, or a link to one: expected a file`,
  );
});
