// Turns of a resident claude, the real one: one process takes them in turn, and what ends it loses nothing. All other
// scenarios of real-*.test.ts run with residents, too; npm run test:one-shot runs them without.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { turnLayout } from '#blackboard/layout.ts';
import { isAliveSync, startTimeSync } from '#blackboard/system/process-identity.ts';
import { parseChild } from '#blackboard/turns/turns.ts';
import { userLine } from '#hooks/claude/user-line.ts';
import { type AgentFixture, agentFixture, type TestAgent, timesIn } from '#test/support/agent-fixture.ts';
import { realClaudePath } from '#test/support/isolated-claude.ts';

let fixture: AgentFixture;
beforeAll(async () => {
  fixture = await agentFixture();
  await fixture.start().says(/watching/);
});
afterAll(() => fixture[Symbol.asyncDispose]());

const resident = { resident: true };
const ask = async (agent: TestAgent, body: string) => agent.answer(await agent.send(body));
const pidsOf = (agent: TestAgent, ...turns: number[]) => Promise.all(turns.map(turn => agent.childPid(turn)));
const lives = ({ layout }: TestAgent, turn: number) =>
  isAliveSync(parseChild(readFileSync(turnLayout(layout.turns, turn).child, 'utf8')).identity);

/** A zombie has ended. */
const isRunning = (pid: number): boolean => startTimeSync(pid) !== null;

describe('one process', () => {
  it('takes turn after turn: the conversation goes on, and each turn has its own cost', async () => {
    const agent = await fixture.agent('stayer', { front: resident });
    expect(await ask(agent, 'the word is marzipan @@SAY noted@@')).toBe('noted');
    expect(await ask(agent, 'which word? @@SAY marzipan@@')).toBe('marzipan');
    expect(await ask(agent, 'and again? @@SAY still marzipan@@')).toBe('still marzipan');
    expect(new Set(await pidsOf(agent, 1, 2, 3)).size).toBe(1);
    expect(agent.requests()).toHaveLength(3);
    expect(timesIn(agent.lastText(), 'the word is marzipan')).toBe(1);
    for (const turn of [1, 2, 3]) {
      const ended = await agent.ended(turn);
      expect(ended).toMatchObject({ costBasis: 'reported', verdict: { kind: 'answered' } });
      expect(ended.costUsd).toBeCloseTo((await agent.ended(1)).costUsd, 6);
    }
    expect(agent.intent(3).resident).toMatchObject({ first: 1 });
    expect(lives(agent, 1)).toBe(true);
    const { state, resident: shown } = JSON.parse((await fixture.command('status', 'stayer', '--json')).stdout);
    // Its own process is no reason to wait.
    expect(state).toBe('idle');
    expect(shown).toMatchObject({ pid: await agent.childPid(1), turns: 3, idleSince: (await agent.ended(3)).at });
    expect(shown.rssMiB).toBeGreaterThan(50);
  });

  it('has commands that know their turn, and leaves nothing running for the next one', async () => {
    const agent = await fixture.agent('caller', { front: { ...resident, allowedTools: ['Bash'] } });
    await ask(agent, '@@SAY first@@');
    const command =
      'agent-runner send operator --kind status halfway; (setsid sleep 300 >/dev/null 2>&1 & echo $! > left.pid)';
    await ask(agent, `@@TOOL Bash ${JSON.stringify({ command })}@@ @@SAY told@@`);
    const told = fixture.operatorInbox().find(({ body }) => body.includes('halfway'));
    expect(told).toMatchObject({ from: 'caller', trace: agent.message(agent.ids()[1]!).trace });
    const left = Number(readFileSync(join(agent.cwd, 'left.pid'), 'utf8'));
    await ask(agent, '@@SAY third@@');
    // Nobody may have buried it yet.
    const stat = existsSync(`/proc/${left}/stat`) ? readFileSync(`/proc/${left}/stat`, 'latin1') : ') Z';
    expect(stat).toContain(') Z');
    expect(new Set(await pidsOf(agent, 1, 2, 3)).size).toBe(1);
  });

  it('is interrupted when its message is cancelled, and takes the next turn', async () => {
    const agent = await fixture.agent('waiter', { front: resident });
    await ask(agent, '@@SAY first@@');
    const id = await agent.send('@@HANG@@');
    await agent.promptOnDisk(2);
    expect((await fixture.command('cancel', id)).code).toBe(0);
    expect(await agent.outcome(id)).toMatchObject({ outcome: 'dead' });
    expect((await agent.ended(2)).verdict.kind).toBe('cancelled');
    expect(await ask(agent, '@@SAY third@@')).toBe('third');
    expect(new Set(await pidsOf(agent, 1, 2, 3)).size).toBe(1);
  });
});

describe('another process takes the next turn, in the same session,', () => {
  const changes: Record<string, (agent: TestAgent) => unknown> = {
    'when agent.md has changed': agent => agent.define({ front: { ...resident, model: 'claude-sonnet-5-5' } }),
    'when agents have no resident any more': agent => agent.define({ front: { resident: false } }),
    'when it was killed': async agent => {
      process.kill(await agent.childPid(1), 'SIGKILL');
      await fixture.until('its end', () => !lives(agent, 1));
    },
    'when somebody else has added to the conversation': async agent => {
      const { sessionId } = agent.intent(1);
      const args = ['-p', '--verbose', '--input-format=stream-json', '--output-format=stream-json'];
      const prompt = userLine('from elsewhere @@SAY elsewhere@@', 'another-line');
      const run = { executable: realClaudePath(), args: [...args, `--resume=${sessionId}`], prompt, cwd: agent.cwd };
      expect((await fixture.place.run(run)).code).toBe(0);
    },
  };

  it.each(Object.entries(changes))('%s', async (name, change) => {
    const agent = await fixture.agent(`changed-${Object.keys(changes).indexOf(name)}`, { front: resident });
    await ask(agent, 'the word is nougat @@SAY first@@');
    await change(agent);
    expect(await ask(agent, 'which word? @@SAY second@@')).toBe('second');
    const [one, two] = await pidsOf(agent, 1, 2);
    expect(one).not.toBe(two);
    expect(lives(agent, 1)).toBe(false);
    expect(agent.intent(2)).toMatchObject({ resume: true, sessionId: agent.intent(1).sessionId });
    expect(timesIn(agent.lastText(), 'the word is nougat')).toBe(1);
    if (name.includes('somebody else')) expect(agent.lastText()).toContain('from elsewhere');
  });
});

it('a process ends when it has idled, or has had its turns', async () => {
  const idle = await fixture.agent('idle', { front: { resident: { idleTimeout: 1 } } });
  const worn = await fixture.agent('worn', { front: { resident: { maxTurns: 2 } } });
  for (const word of ['one', 'two', 'three']) expect(await ask(worn, `@@SAY ${word}@@`)).toBe(word);
  const [one, two, three] = await pidsOf(worn, 1, 2, 3);
  expect(one).toBe(two);
  expect(three).not.toBe(two);
  await ask(idle, '@@SAY once@@');
  await fixture.until('its end', () => !lives(idle, 1));
  expect(await ask(idle, '@@SAY twice@@')).toBe('twice');
});

it('the one that idles longest makes room, and all end with the runner', async () => {
  await using small = await agentFixture({ config: { maxResidents: 2 } });
  const runner = small.start();
  await runner.says(/watching/);
  const agents = [];
  for (const name of ['a1', 'a2', 'a3']) agents.push(await small.agent(name, { front: resident }));
  for (const agent of agents) await ask(agent, '@@SAY hello@@');
  expect(agents.map(agent => lives(agent, 1))).toEqual([false, true, true]);
  runner.signal('SIGTERM');
  expect((await runner.ended).code).toBe(0);
  expect(agents.map(agent => lives(agent, 1))).toEqual([false, false, false]);
});

it('after the death of its runner it finishes its turn and goes, and the next runner takes the answer', async () => {
  await using other = await agentFixture();
  const runner = other.start();
  await runner.says(/watching/);
  const agent = await other.agent('orphan', { front: { ...resident, allowedTools: ['Bash'] } });
  await ask(agent, '@@SAY first@@');
  const wait = 'until [ -e go ]; do sleep 0.05; done';
  const id = await agent.send(`@@TOOL Bash ${JSON.stringify({ command: wait })}@@ @@SAY finished@@`);
  await agent.promptOnDisk(2);
  runner.signal('SIGKILL');
  await runner.ended;
  const next = other.start();
  await next.says(/still runs|left by/);
  writeFileSync(join(agent.cwd, 'go'), '');
  expect(await agent.answer(id)).toBe('finished');
  expect(agent.requests()).toHaveLength(3);
  expect(lives(agent, 2)).toBe(false);
  expect(await ask(agent, '@@SAY third@@')).toBe('third');
});

const isOneShot = process.env.AGENT_RUNNER_TEST_ONE_SHOT === '1';
it.skipIf(isOneShot)(
  'without a word of it in agent.md it stays, and ends with start --once, with stop and with remove',
  async () => {
    await using other = await agentFixture();
    const [one, two] = [await other.agent('one', { front: {} }), await other.agent('two', { front: {} })];
    for (const agent of [one, two]) await agent.send('@@SAY hello@@');
    expect((await other.start('--once').ended).code).toBe(0);
    expect([one, two].map(agent => agent.intent(1).resident?.first)).toEqual([1, 1]);
    expect([one, two].map(agent => lives(agent, 1))).toEqual([false, false]);
    await other.start().says(/watching/);
    for (const agent of [one, two]) await ask(agent, '@@SAY again@@');
    expect([one, two].map(agent => lives(agent, 2))).toEqual([true, true]);
    const pid = await two.childPid(2);
    expect((await other.command('stop', 'one')).code).toBe(0);
    await other.until('the end of the stopped one', () => !lives(one, 2));
    expect((await other.command('remove', 'two')).code).toBe(0);
    await other.until('the end of the removed one', () => !isRunning(pid));
  },
);
