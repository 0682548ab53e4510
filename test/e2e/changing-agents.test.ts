// Agents that come, change and go while one runner of the whole root runs, which says on stderr what a person must mend. The fake claude.
import { existsSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { agentLayout } from '#blackboard/layout.ts';
import { identifySync } from '#blackboard/system/process-identity.ts';
import { type AgentFixture, agentFixture, fixtureForEach, timesIn } from '#test/support/agent-fixture.ts';
import { fakeClaudePath } from '#test/support/isolated-claude.ts';

let fixture: AgentFixture;
fixtureForEach({ config: { claude: fakeClaudePath() } }, made => {
  fixture = made;
});

async function watching() {
  const runner = fixture.start();
  await runner.says(/watching/);
  return runner;
}

const isAlive = (pid: number) => identifySync(pid) !== null;

it('an agent that is added to a runner of nobody is taken up: its drop is answered', async () => {
  await watching();
  expect((await fixture.command('add', 'late', '--cwd', fixture.place.cwd)).code).toBe(0);
  writeFileSync(join(agentLayout(fixture.root, 'late').inbox.inbox, 'task.txt'), '@@SAY taken up@@');
  const reply = await fixture.until('the reply', () => fixture.operatorInbox()[0]);
  expect(reply).toMatchObject({ from: 'late', kind: 'answer', body: 'taken up' });
});

it('a changed agent.md holds from the next turn; a broken one is told with its line, and its work waits until it is mended', async () => {
  const agent = await fixture.agent('worker', { front: { model: 'haiku' } });
  const runner = await watching();
  await agent.answer(await agent.send('@@SAY one@@'));
  agent.define({ front: { model: 'opus', maxTurns: 3 } });
  await agent.answer(await agent.send('@@SAY two@@'));
  expect(agent.requests().map(({ body }) => body.model)).toEqual([
    expect.stringContaining('haiku'),
    expect.stringContaining('opus'),
  ]);

  agent.define({ front: { modle: 'haiku' } });
  await runner.says(/worker: .*worker\/agent\.md:3: unknown key "modle": did you mean "model"\?/);
  // Anyone who needs it is told in the inbox, too, as soon as nobody seems to be writing the file any more.
  const unchanged = new Date(Date.now() - 60_000);
  utimesSync(agent.layout.definition, unchanged, unchanged);
  const note = await fixture.until('a note', () => fixture.operatorInbox().find(({ kind }) => kind === 'note'));
  expect(note.body).toMatch(
    /^Agent worker waits, because \S+agent\.md:3: unknown key "modle": .*; mend it with: agent-runner edit worker\n$/,
  );
  const id = await agent.send('@@SAY three@@');
  await agent.send('a note', { kind: 'note' });
  agent.define({ front: { enabled: false } });
  await fixture.until('the loop to end', () => !existsSync(agent.layout.runner));
  expect((await agent.where(id))?.state).toBe('new');
  agent.define({});
  expect(await agent.answer(id)).toBe('three');
  expect(agent.turns()).toEqual([1, 2, 3]);
});

it('a removed agent is left alone, and goes on where it was when it is back', async () => {
  const [gone, other] = [await fixture.agent('gone'), await fixture.agent('other')];
  const runner = await watching();
  await gone.answer(await gone.send('@@SAY before@@'));
  await gone.ended(1);
  const aside = join(fixture.place.root, 'agent.md');
  renameSync(gone.layout.definition, aside);
  await fixture.until('the loop to end', () => !existsSync(gone.layout.runner));
  const id = await gone.send('@@SAY after@@');
  expect(await other.answer(await other.send('@@SAY here@@'))).toBe('here');
  expect((await gone.where(id))?.state).toBe('new');
  expect((await fixture.command('list')).stdout).not.toContain('gone');
  expect(await fixture.command('send', 'gone', 'x')).toMatchObject({ code: 66 });
  renameSync(aside, gone.layout.definition);
  expect(await gone.answer(id)).toBe('after');
  expect(gone.intent(2)).toMatchObject({ resume: true, sessionId: gone.intent(1).sessionId });
  expect(isAlive(runner.pid)).toBe(true);
});

it('the turn of an agent whose directory is removed is stopped, its place is free, and the runner can be ended', async () => {
  await fixture[Symbol.asyncDispose]();
  fixture = await agentFixture({ config: { claude: fakeClaudePath(), maxConcurrentTurns: 1 } });
  const [gone, other] = [await fixture.agent('gone'), await fixture.agent('other')];
  const runner = await watching();
  await gone.send('@@HANG@@ for ever');
  await fixture.server.seen(({ prompt }) => prompt.includes('for ever'));
  const pid = await gone.childPid(1);
  rmSync(gone.layout.home, { recursive: true });
  expect(await other.answer(await other.send('@@SAY my turn@@'))).toBe('my turn');
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(gone.layout.home)).toBe(false);
  runner.signal('SIGTERM');
  expect(await runner.ended).toMatchObject({ code: 0, signal: null });
});

it('what keeps an agent from its work until somebody acts is said once, with what to do', async () => {
  const agent = await fixture.agent('worker');
  const away = `${agent.cwd}-away`;
  renameSync(agent.cwd, away);
  const runner = await watching();
  const id = await agent.send('@@ERROR 401 1@@');
  await runner.says(
    /worker: held: cwd \S+ does not exist or cannot be entered; to go on: make it, or change cwd in agent\.md /,
  );
  expect((await fixture.command('list')).stdout).toMatch(/^worker +held: cwd \S+ does not exist/m);
  expect(await fixture.command('status', 'worker')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('make it, or change cwd in agent.md'),
  });
  expect((await fixture.command('trace', id)).stdout).toMatch(/^it waits: worker is held: cwd \S+ does not exist/m);
  expect((await fixture.command('doctor')).stdout).toMatch(/WRONG agents .*worker is held: cwd/);
  expect(fixture.operatorInbox().map(({ body }) => body)).toEqual([
    expect.stringMatching(/^Agent worker waits, because cwd \S+ does not exist .* \(agent-runner edit worker\)\n$/),
  ]);
  renameSync(away, agent.cwd);
  writeFileSync(agent.layout.pause, '');
  await runner.says(/worker: paused; to go on: agent-runner resume worker\n/);
  rmSync(agent.layout.pause);
  await runner.says(/worker: parked: .*agent-runner resume worker\n/);
  expect((await agent.where(id))?.state).toBe('new');
  await agent.send('another look changes nothing');
  expect((await fixture.command('resume', 'worker')).code).toBe(0);
  expect(await agent.outcome(id)).toMatchObject({ outcome: 'replied', turn: 2 });
  expect(timesIn(runner.stderr(), 'worker: parked')).toBe(1);
});

it.each([
  ['settings', 'settings.json', '{"env": }', /settings \S+ cannot be read as JSON \(/],
  ['settings', 'settings.json', '["a"]', /settings \S+ are no JSON object/],
  ['mcpConfig', 'mcp.json', null, /mcpConfig \S+ cannot be read/],
])(
  '%s: a file %s with %j is told, uses up no turn and no attempt, and the work goes on when it is mended',
  async (key, name, content, words) => {
    const path = join(fixture.place.root, name);
    if (content !== null) writeFileSync(path, content);
    const agent = await fixture.agent('worker', { front: { [key]: path } });
    const id = await agent.send('@@SAY mended@@');
    const end = await fixture.start('--once').ended;
    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(/skipped worker: .*change \w+ in agent\.md/);
    expect(end.stderr).toMatch(words);
    expect(agent.turns()).toEqual([]);
    writeFileSync(path, '{}');
    expect((await fixture.start('--once').ended).code).toBe(0);
    expect(await agent.answer(id)).toBe('mended');
  },
);

it('--once names the agents that are switched off where work waits for them, and only those', async () => {
  const names = ['off', 'stopped', 'idle'];
  const [off, stopped, idle] = await Promise.all(names.map(name => fixture.agent(name)));
  for (const agent of [off!, idle!]) agent.define({ front: { enabled: false } });
  expect((await fixture.command('stop', 'stopped')).code).toBe(0);
  await off!.send('work');
  stopped!.drop('task.txt', 'work');
  const { code, stderr } = await fixture.start('--once').ended;
  expect(code).toBe(1);
  expect(
    stderr
      .split('\n')
      .filter(line => line.includes('skipped'))
      .map(line => line.replace(/^[\d:]+ /, ''))
      .sort(),
  ).toEqual([
    'agent-runner: skipped off: disabled; to go on: take "enabled: false" out of agent.md: agent-runner edit off',
    'agent-runner: skipped stopped: stopped; to go on: agent-runner resume stopped',
  ]);
});

it('a disabled agent that is started by name is told as such, and is taken up when it is enabled', async () => {
  const agent = await fixture.agent('off', { front: { enabled: false } });
  const id = await agent.send('@@SAY on again@@');
  expect(await fixture.start('--once', 'off').ended).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      'skipped off: disabled; to go on: take "enabled: false" out of agent.md: agent-runner edit off',
    ),
  });
  const runner = fixture.start('off');
  await runner.says(/off: disabled; .*: it is taken up when that changes\n/);
  agent.define({});
  expect(await agent.answer(id)).toBe('on again');
});
