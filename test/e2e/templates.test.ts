// What the shipped templates let an agent do, asked of the real claude: a permission rule is what it allows, not what it says.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { agentLayout } from '#blackboard/layout.ts';
import { type AgentFixture, agentFixture } from '#test/support/agent-fixture.ts';

let fixture: AgentFixture;
let cwd: string;
beforeEach(async () => {
  fixture = await agentFixture();
  cwd = fixture.place.cwd;
  execFileSync('git', ['init', '-q', cwd]);
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@b'];
  execFileSync('git', ['-C', cwd, ...who, 'commit', '-q', '--allow-empty', '-m', 'one']);
  fixture.start();
});
afterEach(() => fixture[Symbol.asyncDispose]());

const bash = (command: string) => `@@TOOL Bash ${JSON.stringify({ command, description: 'try' })}@@`;
const write = (file: string) => `@@TOOL Write ${JSON.stringify({ file_path: file, content: 'x' })}@@`;

/** Has a new agent of that template call these tools, one after the other; what was denied. */
async function deniedTo(template: string, ...calls: string[]): Promise<string[]> {
  expect((await fixture.command('add', template, '--cwd', cwd)).code).toBe(0);
  // Nobody is there to ask.
  const { definition } = agentLayout(fixture.root, template);
  writeFileSync(definition, readFileSync(definition, 'utf8').replace('---\n', '---\napprovals: off\n'));
  const { code, stdout, stderr } = await fixture.command('ask', template, `${calls.join(' ')} @@SAY tried@@`);
  expect({ code, stdout: stdout.trim() }, stderr).toEqual({ code: 0, stdout: 'tried' });
  const { lastTurn } = JSON.parse((await fixture.command('status', template, '--json')).stdout);
  return lastTurn.denials.map(({ input }: { input: string }) => {
    const { command, file_path } = JSON.parse(input);
    return command ?? file_path;
  });
}

it.each(['reviewer', 'tester', 'watcher', 'planner'])('a %s reads, and can write no file', async template => {
  const sneaky = [
    'git log -1 --output=out',
    'git diff --no-index --output=out /dev/null .git/HEAD',
    'cat .git/HEAD > out',
  ];
  const reading = ['git log -1', 'git status', 'git diff', 'git show HEAD', 'cat .git/HEAD'];
  // Write is not among its tools at all, which is no denial: the file tells.
  const denied = await deniedTo(template, ...[...reading, ...sneaky].map(bash), write(join(cwd, 'out')));
  expect(denied).toEqual(sneaky);
  expect(readdirSync(cwd)).toEqual(['.git']);
});

it('a worker writes in its directory and nowhere else, and may write to others', async () => {
  const outside = join(fixture.place.root, 'outside');
  const commands = [`touch ${outside}`, 'npm run build', 'agent-runner stop worker'];
  const calls = [write(join(cwd, 'in')), bash('agent-runner list'), write(outside), ...commands.map(bash)];
  expect(await deniedTo('worker', ...calls)).toEqual([outside, ...commands]);
  expect(readFileSync(join(cwd, 'in'), 'utf8')).toBe('x');
  expect(existsSync(outside)).toBe(false);
});

it('templates list and show tell what there is, yours first, and which of yours is broken', async () => {
  const own = join(fixture.root, 'templates');
  mkdirSync(own);
  const text = '---\n# Ours: reviews as we do.\npermissionMode: plan\n---\nReview.\n';
  writeFileSync(join(own, 'reviewer.md'), text);
  writeFileSync(join(own, 'broken.md'), '---\nmodle: haiku\n---\n');
  const { code, stdout } = await fixture.command('templates');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^reviewer +yours +Ours: reviews as we do\.$/m);
  expect(stdout).toMatch(/^broken +yours +broken: .*broken\.md:2: unknown key "modle": did you mean "model"\?$/m);
  for (const name of ['worker', 'tester', 'planner', 'watcher'])
    expect(stdout).toMatch(new RegExp(`^${name} +agent-runner +[A-Z].*\\.$`, 'm'));
  const listed = JSON.parse((await fixture.command('templates', 'list', '--json')).stdout);
  expect(listed.map(({ name, own, problem }: Record<string, unknown>) => [name, own, problem !== null])).toEqual([
    ['broken', true, true],
    ['planner', false, false],
    ['reviewer', true, false],
    ['tester', false, false],
    ['watcher', false, false],
    ['worker', false, false],
  ]);
  expect((await fixture.command('templates', 'show', 'reviewer')).stdout).toBe(text);
  const unknown = await fixture.command('templates', 'show', 'reviewr');
  expect({ code: unknown.code, stderr: unknown.stderr }).toEqual({
    code: 66,
    stderr: expect.stringContaining('Did you mean "reviewer"?'),
  });
  expect((await fixture.command('add', 'mine', '--template', 'reviewer', '--cwd', cwd)).code).toBe(0);
  expect((await fixture.command('list')).stdout).toMatch(/^mine .* plan /m);
  const refused = await fixture.command('add', 'other', '--template', 'broken', '--cwd', cwd);
  expect({ code: refused.code, stderr: refused.stderr }).toEqual({
    code: 78,
    stderr: expect.stringContaining('broken.md:2: unknown key "modle"'),
  });
  // Ours can be looked at before there is a root.
  const nowhere = ['--root', join(fixture.place.root, 'nowhere')];
  expect((await fixture.command(...nowhere, 'templates')).stdout).toMatch(/^worker +agent-runner/m);
  expect((await fixture.command(...nowhere, 'templates', 'show', 'worker')).code).toBe(0);
});
