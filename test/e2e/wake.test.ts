import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { agentLayout, wakeLayout } from '#blackboard/layout.ts';
import { type Script, text, tool } from '#runner/demo/model-server/reply.ts';
import { type AgentFixture, agentFixture, gate, type TestAgent } from '#test/support/agent-fixture.ts';
import { buildAside } from '#test/support/interactive-claude.ts';
import { openTurn } from '#test/support/open-turn.ts';

async function running(house: AgentFixture, ...agents: TestAgent[]) {
  const runner = house.start();
  await runner.says(/watching/);
  for (const { name } of agents)
    await house.until(`the socket of ${name}`, () => existsSync(wakeLayout(house.root, name).socket));
  return runner;
}

const notify = (house: AgentFixture, agent: TestAgent, ...more: string[]) =>
  house.command('notify', '--agent', agent.name, ...more);
const signalsOf = ({ layout }: TestAgent) => (existsSync(layout.signals) ? readdirSync(layout.signals) : []);
const writing = (path: string) => tool('Write', { file_path: path, content: 'x' });
const isBusy = (house: AgentFixture, name: string): boolean => {
  const { turns } = agentLayout(house.root, name);
  return readdirSync(turns).some(turn => !existsSync(join(turns, turn, 'closed')));
};
const logOf = (house: AgentFixture, { name }: TestAgent) =>
  readFileSync(wakeLayout(house.root, name).log, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));

test('a wake of an idle agent gives a turn whose prompt says only that it came, marked everywhere', async () => {
  await using house = await agentFixture();
  const agent = await house.agent('waker');
  await running(house, agent);
  const told = await notify(house, agent, '--wait', '20');
  expect(told).toMatchObject({ code: 0, stdout: 'waker: confirmed: turn 1 has started\n' });
  const ended = await agent.ended(1);
  expect(ended).toMatchObject({
    verdict: { kind: 'answered' },
    messages: [],
    signals: { alone: true, fates: [{ do: 'consume' }] },
  });
  expect(agent.intent(1)).toMatchObject({
    kind: 'signal',
    messages: [],
    signals: { taken: [{ type: 'wake', source: 'socket' }] },
  });
  const prompt = agent.requests()[0]!.prompt;
  expect(prompt).toContain('A signal came from outside. It says only this:\n- wake\n');
  expect(agent.transcriptLog()).toContain('▶ started by a signal alone: wake (socket)');
  expect(signalsOf(agent)).toEqual([]);
  const costs = readdirSync(join(house.root, 'costs')).map(day => readFileSync(join(house.root, 'costs', day), 'utf8'));
  expect(costs.join('')).toContain('"signalUsd":0.');
  expect(logOf(house, agent)).toMatchObject([
    { type: 'wake', decision: 'accepted', source: 'socket', uid: process.getuid?.() },
  ]);
});

test('a message and a signal are one turn; while it runs a second signal waits for the next', async () => {
  await using house = await agentFixture();
  const answers = gate();
  const agent = await house.agent('busy', {
    script: async ({ index }) => {
      if (index === 0) await answers.opened;
      return text('well');
    },
  });
  writeFileSync(join(house.root, 'pause'), '');
  await running(house, agent);
  writeFileSync(join(agent.cwd, 'changed'), '');
  const id = await agent.send('work');
  expect(await notify(house, agent, '--type', 'file_changed', '--path', join(agent.cwd, 'changed'))).toMatchObject({
    code: 0,
    stdout: 'busy: queued: seen in this turn or the next\n',
  });
  await house.until('resume', async () => (await house.command('resume')).code === 0);
  await agent.childPid(1);
  expect(agent.intent(1)).toMatchObject({
    kind: 'work',
    messages: [{ id }],
    signals: { alone: false, taken: [{ type: 'file_changed' }] },
  });
  expect((await house.command('list')).stdout).not.toContain('by a signal');
  expect((await notify(house, agent, '--wait', '0')).stdout).toContain('queued');
  answers.open();
  expect((await agent.ended(2)).signals).toMatchObject({ alone: true });
  expect(agent.requests()[0]!.prompt).toContain(`- file_changed "${join(agent.cwd, 'changed')}"`);
  expect(await agent.answer(id)).toBe('well');
  expect(agent.turns()).toEqual([1, 2]);
});

describe('what it answers', () => {
  test('refused is 77 with the reason, unavailable 69, unknown 66, a wrong call 64', async () => {
    await using house = await agentFixture();
    const agent = await house.agent('a1');
    expect(await notify(house, agent)).toMatchObject({ code: 69, stderr: expect.stringContaining('unavailable') });
    const runner = await running(house, agent);
    expect(await notify(house, agent, '--type', 'file_changed', '--path', '/etc/passwd')).toMatchObject({
      code: 77,
      stderr: expect.stringContaining('path-outside'),
    });
    expect((await house.command('notify', '--agent', 'a2')).code).toBe(66);
    expect((await notify(house, agent, '--type', 'prompt')).code).toBe(64);
    expect((await house.command('notify')).code).toBe(64);
    expect((await house.command('signals', 'off')).code).toBe(0);
    expect(await notify(house, agent)).toMatchObject({ code: 77, stderr: expect.stringContaining('switched off') });
    expect((await house.command('signals', 'on')).code).toBe(0);
    expect((await house.command('notify', '--all', '--wait', '20', '--json')).stdout).toContain(
      '"result": "confirmed"',
    );
    runner.signal('SIGTERM');
    await runner.ended;
    expect(existsSync(wakeLayout(house.root, 'a1').token)).toBe(false);
  });

  test('the switch keeps what was taken from starting a turn, too, until it is on again', async () => {
    await using house = await agentFixture();
    const agent = await house.agent('a1');
    writeFileSync(join(house.root, 'pause'), '');
    await running(house, agent);
    expect((await notify(house, agent)).code).toBe(0);
    await house.command('signals', 'off');
    await house.command('resume');
    const id = await agent.send('work that has nothing to do with it');
    await agent.answer(id);
    expect(agent.intent(1).signals).toBeUndefined();
    expect(signalsOf(agent)).toHaveLength(1);
    await house.command('signals', 'on');
    expect((await agent.ended(2)).signals).toMatchObject({ alone: true });
  });
});

test('a signal that was answered survives the death of its runner, and gives its turn once', async () => {
  await using house = await agentFixture();
  const agent = await house.agent('a1');
  writeFileSync(join(house.root, 'pause'), '');
  const runner = await running(house, agent);
  expect((await notify(house, agent)).code).toBe(0);
  runner.signal('SIGKILL');
  await runner.ended;
  await house.command('resume');
  expect((await house.command('start', '--once')).code).toBe(0);
  expect(agent.turns()).toEqual([1]);
  expect((await agent.ended(1)).signals).toMatchObject({ alone: true });
  expect((await house.command('start', '--once')).code).toBe(0);
  expect(agent.turns()).toEqual([1]);
});

test('a turn that is killed half-way gives its signal back, with a warning', async () => {
  await using house = await agentFixture();
  const agent = await house.agent('a1', {
    script: async ({ index }) => {
      if (index === 0) await new Promise(() => {});
      return text('well');
    },
  });
  await running(house, agent);
  await notify(house, agent);
  await agent.promptOnDisk(1);
  process.kill(await agent.childPid(1), 'SIGKILL');
  expect((await agent.ended(1)).signals?.fates).toMatchObject([{ do: 'release', interruptions: 1 }]);
  expect((await agent.ended(2)).signals?.fates).toMatchObject([{ do: 'consume' }]);
  expect(agent.requests().at(-1)!.prompt).toContain('An earlier turn for it was interrupted');
});

test('a thousand wakes in a second give two turns at most', async () => {
  await using house = await agentFixture();
  const agent = await house.agent('a1');
  await running(house, agent);
  const { socket, token } = wakeLayout(house.root, 'a1');
  const { say, line } = await import('#test/contract/wake-served.ts');
  const said = line(readFileSync(token, 'utf8').trim());
  for (let batch = 0; batch < 50; batch++) await Promise.all(Array.from({ length: 20 }, () => say(socket, said)));
  await agent.ended(2);
  await house.until('nothing to be left', () => signalsOf(agent).length === 0);
  expect(agent.turns()).toEqual([1, 2]);
});

describe('what a turn may do that a signal alone started', () => {
  /** Asks for one Write in every turn, and answers when it has its result. */
  const writer =
    (path: () => string): Script =>
    ({ isToolResult }) =>
      isToolResult ? text('done') : writing(path());

  /** The tools of its first turn; what the CLI adds in front of those that it loads later is none. */
  const toolsOf = (agent: TestAgent): string[] =>
    (agent.requests()[0]!.body.tools as { name: string }[])
      .map(({ name }) => name)
      .filter(name => name !== 'DeferredToolPlaceholder')
      .sort();

  test('bypassPermissions does not apply; with a message it does', async () => {
    await using house = await agentFixture();
    let target = '';
    const agent = await house.agent('a1', {
      front: { permissionMode: 'bypassPermissions' },
      script: writer(() => target),
    });
    target = join(agent.cwd, 'by-signal');
    await running(house, agent);
    await notify(house, agent);
    const ended = await agent.ended(1);
    expect(ended.denials).toMatchObject([{ tool: 'Write' }]);
    expect(existsSync(target)).toBe(false);
    target = join(agent.cwd, 'by-message');
    await agent.answer(await agent.send('write it'));
    expect(existsSync(target)).toBe(true);
  });

  test('passive: not even what is allowed without asking; the plan is all there is', async () => {
    await using house = await agentFixture();
    let target = '';
    const agent = await house.agent('a1', {
      front: { permissionMode: 'acceptEdits', allowedTools: ['Write', 'Bash'], signals: 'passive' },
      script: writer(() => target),
    });
    target = join(agent.cwd, 'by-signal');
    await running(house, agent);
    await notify(house, agent);
    await agent.ended(1);
    expect(existsSync(target)).toBe(false);
    expect(toolsOf(agent)).toEqual(['Glob', 'Grep', 'Read']);
  });

  test('allowlist: the tools of its type and no others, whatever the user’s own settings allow', async () => {
    await using house = await agentFixture();
    mkdirSync(join(house.place.home, '.claude'), { recursive: true });
    writeFileSync(join(house.place.home, '.claude', 'settings.json'), '{"permissions":{"allow":["Write","Bash"]}}');
    let target = '';
    const agent = await house.agent('a1', {
      front: { permissionMode: 'acceptEdits', signals: { allowlist: { file_changed: ['Write'] } } },
      script: writer(() => target),
    });
    target = join(agent.cwd, 'by-wake');
    await running(house, agent);
    await notify(house, agent);
    await agent.ended(1);
    expect(toolsOf(agent)).toEqual([]);
    writeFileSync(join(agent.cwd, 'f'), '');
    target = join(agent.cwd, 'by-change');
    await notify(house, agent, '--type', 'file_changed', '--path', join(agent.cwd, 'f'));
    await agent.ended(2);
    expect([existsSync(join(agent.cwd, 'by-wake')), existsSync(target)]).toEqual([false, true]);
  });

  test('hooks: false silences the project’s hooks in such turns, and only there', async () => {
    await using house = await agentFixture();
    const agent = await house.agent('a1', { front: { signals: { hooks: false } } });
    mkdirSync(join(agent.cwd, '.claude'));
    const command = `echo ran >> ${join(agent.cwd, 'hook.log')}`;
    const hooks = { UserPromptSubmit: [{ hooks: [{ type: 'command', command }] }] };
    writeFileSync(join(agent.cwd, '.claude', 'settings.json'), JSON.stringify({ hooks }));
    await running(house, agent);
    await notify(house, agent);
    expect((await agent.ended(1)).verdict.kind).toBe('answered');
    expect(existsSync(join(agent.cwd, 'hook.log'))).toBe(false);
    await agent.answer(await agent.send('now'));
    expect(readFileSync(join(agent.cwd, 'hook.log'), 'utf8')).toBe('ran\n');
  });
});

test('the day’s budget of signals: over it they are refused, the operator is told once, messages go on', async () => {
  await using house = await agentFixture();
  const agent = await house.agent('a1', { front: { budget: { signalsPerDayUsd: 0.000001 } } });
  await running(house, agent);
  await notify(house, agent, '--wait', '20');
  expect((await agent.ended(1)).costUsd).toBeGreaterThan(0);
  writeFileSync(join(agent.cwd, 'f'), '');
  for (let each = 0; each < 2; each++)
    expect(await notify(house, agent, '--type', 'file_changed', '--path', join(agent.cwd, 'f'))).toMatchObject({
      code: 77,
      stderr: expect.stringContaining('budget'),
    });
  expect(house.operatorInbox().filter(({ body }) => body.includes('takes no more signals today'))).toHaveLength(1);
  await agent.answer(await agent.send('go on'));
});

describe('triggers of its own', () => {
  test('watch: a change below cwd, once it has rested, is a file_changed; what the agent’s own turn changes is not', async () => {
    await using house = await agentFixture();
    const agent = await house.agent('a1', {
      front: { watch: ['notes/**/*.md'], permissionMode: 'acceptEdits' },
      script: ({ isToolResult }) => (isToolResult ? text('done') : writing(join(agent.cwd, 'notes', 'own.md'))),
    });
    mkdirSync(join(agent.cwd, 'notes', 'deep'), { recursive: true });
    await running(house, agent);
    const file = join(agent.cwd, 'notes', 'deep', 'a.md');
    await house.until('the watch to see it', async () => {
      appendFileSync(file, 'x');
      await new Promise(resolve => setTimeout(resolve, 700));
      return agent.turns().length > 0;
    });
    await agent.ended(1);
    expect(agent.intent(1).signals).toMatchObject({
      alone: true,
      taken: [{ type: 'file_changed', path: file, source: 'watch' }],
    });
    expect(existsSync(join(agent.cwd, 'notes', 'own.md'))).toBe(true);
    expect(signalsOf(agent).filter(name => !name.includes('.'))).toEqual([]);
  });

  test('schedule: what was missed while stopped is caught up once', async () => {
    await using house = await agentFixture();
    const agent = await house.agent('a1', { front: { schedule: ['every 1m', '0 3 * * *'] } });
    const since = Date.now() - 600_000;
    writeFileSync(agent.layout.schedule, JSON.stringify({ 'every 60000': since, '0 3 * * *': since - 86_400_000 * 3 }));
    const runner = await running(house, agent);
    await agent.ended(1);
    expect(agent.intent(1).signals).toMatchObject({ taken: [{ type: 'wake', source: 'schedule' }] });
    runner.signal('SIGTERM');
    await runner.ended;
    expect(agent.turns()).toEqual([1]);
    expect(JSON.parse(readFileSync(agent.layout.schedule, 'utf8'))['every 60000']).toBeGreaterThan(since + 500_000);
  });
});

test('without the native module signals are taken all the same, and status says that the kernel is not asked', async () => {
  // A build in a place of its own finds no koffi.
  const build = buildAside();
  await using house = await agentFixture();
  const agent = await house.agent('a1');
  const built = (...args: string[]) => ({
    executable: process.execPath,
    args: [join(build.dist, 'cli.js'), ...args],
    env: house.place.env,
  });
  house.place.start(built('start'));
  await house.until('its socket', () => existsSync(wakeLayout(house.root, 'a1').token));
  expect(await house.place.run(built('notify', '--agent', 'a1', '--wait', '20'))).toMatchObject({
    code: 0,
    stdout: 'a1: confirmed: turn 1 has started\n',
  });
  expect(logOf(house, agent)).toMatchObject([{ uid: null, pid: null, decision: 'accepted' }]);
  expect(await house.place.run(built('status', 'a1'))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('the kernel is not asked who sends a signal: koffi cannot be loaded'),
  });
  expect((await house.command('status', 'a1')).stdout).not.toContain('kernel');
  build.remove();
});

test('status and list tell of signals that wait and why, and of turns that they started', async () => {
  await using house = await agentFixture();
  const agent = await house.agent('a1', { front: { budget: { signalsPerDayUsd: 0.000001 } } });
  const runner = await running(house, agent);
  await notify(house, agent, '--wait', '20');
  await agent.ended(1);
  expect((await house.command('status', 'a1')).stdout).toMatch(/last turn +1, by a signal/);
  expect((await house.command('status', 'a1')).stdout).toMatch(/signals +0 waiting, \$0\.\d+ of \$\S+ today/);
  agent.define({ front: { maxTurnsPerHour: 1 } });
  expect((await notify(house, agent)).stdout).toContain('queued');
  expect((await house.command('list')).stdout).toContain('held: maxTurnsPerHour (1) is reached');
  expect((await house.command('status', 'a1')).stdout).toMatch(/signals +1 waiting/);
  expect((await notify(house, agent, '--wait', '0')).code).toBe(0);
  runner.signal('SIGTERM');
  await runner.ended;
});

describe('topics of the board', () => {
  test('an entry of a topic starts a turn that shows it; one of the agent’s own does not, nor does another topic', async () => {
    await using house = await agentFixture();
    const agent = await house.agent('listener', { front: { wakeOn: ['builds'] } });
    await running(house, agent);
    await house.until('it to listen', () => existsSync(agent.layout.woken));
    await house.command('post', 'NOBODY-ASKED', '--topic', 'lunch');
    await house.command('post', 'BUILD-IS-RED', '--topic', 'builds');
    await agent.ended(1);
    expect(agent.intent(1)).toMatchObject({
      kind: 'signal',
      signals: { alone: true, taken: [{ type: 'wake', source: 'board' }] },
    });
    const { prompt } = agent.requests()[0]!;
    expect(prompt).toContain('BUILD-IS-RED');
    expect(prompt).toContain('data from peers');
    expect(logOf(house, agent)).toMatchObject([{ source: 'board', decision: 'accepted', uid: null }]);
    // Numbered before the others: the runner takes it for long over.
    const environment = openTurn(house.root, 'listener', { number: 0 });
    await house.commandWith(environment, 'post', 'FROM-MYSELF', '--topic', 'builds');
    // Behind it, so that it was looked at before.
    await house.command('post', 'BUILD-IS-GREEN', '--topic', 'builds');
    await agent.ended(2);
    expect(agent.requests().at(-1)!.prompt).toContain('BUILD-IS-GREEN');
    expect(agent.requests().at(-1)!.prompt).not.toContain('FROM-MYSELF');
  });

  test('two agents that wake each other over the board are stopped by their hourly limit', async () => {
    await using house = await agentFixture();
    const poster =
      (topic: string): Script =>
      ({ isToolResult }) =>
        isToolResult ? text('posted') : tool('Bash', { command: `agent-runner post again --topic ${topic}` });
    const front = { maxTurnsPerHour: 2, permissionMode: 'acceptEdits', allowedTools: ['Bash'] };
    const ping = await house.agent('ping', { front: { ...front, wakeOn: ['pong'] }, script: poster('ping') });
    const pong = await house.agent('pong', { front: { ...front, wakeOn: ['ping'] }, script: poster('pong') });
    await running(house, ping, pong);
    await house.until('both to listen', () => [ping, pong].every(({ layout }) => existsSync(layout.woken)));
    await house.command('post', 'start', '--topic', 'ping');
    await house.until('the limit to hold one of them', async () =>
      (await house.command('list')).stdout.includes('maxTurnsPerHour (2) is reached'),
    );
    await house.until('both to rest', () => [ping, pong].every(({ name }) => !isBusy(house, name)));
    expect(Math.max(ping.turns().length, pong.turns().length)).toBeLessThanOrEqual(2);
  });
});

test('agent.md that gets a schedule or a watch while the runner lives is taken up, and given up again', async () => {
  await using house = await agentFixture();
  const agent = await house.agent('a1');
  await running(house, agent);
  agent.define({ front: { watch: ['*.txt'] } });
  const file = join(agent.cwd, 'a.txt');
  await house.until('the watch to see it', async () => {
    appendFileSync(file, 'x');
    await new Promise(resolve => setTimeout(resolve, 700));
    return agent.turns().length > 0;
  });
  await agent.ended(1);
  agent.define({ front: { schedule: ['every 1h'] } });
  await house.until('the schedule to be begun', () => existsSync(agent.layout.schedule));
  agent.define({ front: {} });
  await house.until('the schedule to be forgotten', () => !existsSync(agent.layout.schedule));
});
