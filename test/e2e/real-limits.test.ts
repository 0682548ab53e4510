// Money and turns are bounded, with the costs that the real claude reports for scripted token counts.
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Script, text } from '#runner/demo/model-server/reply.ts';
import { agentFixture } from '#test/support/agent-fixture.ts';

/** Answers each turn at a price: some ten thousand tokens, some ten cents. */
const dear: Script = () => text('a dear answer', { usage: { output_tokens: 10_000 } });

it('starts no turn beyond maxTurnsPerHour, and start --once says so and exits 1', async () => {
  await using fixture = await agentFixture();
  const agent = await fixture.agent('busy', { front: { maxTurnsPerHour: 2 } });
  const ids = [await agent.send('@@SAY a@@'), await agent.send('@@SAY b@@'), await agent.send('@@SAY c@@')];
  const end = await fixture.start('--once').ended;
  expect(end).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/skipped busy: held: maxTurnsPerHour \(2\) is reached/),
  });
  expect(await agent.answer(ids[1]!)).toBe('b');
  expect((await agent.where(ids[2]!))?.state).toBe('new');
  expect(agent.requests()).toHaveLength(2);
});

it("prices each turn by itself, and parks the agent when the day's budget is spent", async () => {
  await using fixture = await agentFixture();
  const agent = await fixture.agent('spender', { script: dear });
  await agent.send('one');
  await agent.send('two');
  expect((await fixture.start('--once').ended).code).toBe(0);
  const [first, second] = [await agent.ended(1), await agent.ended(2)];
  expect(first.costUsd).toBeGreaterThan(0.01);
  // claude reports the total of the session: the second turn costs what the first did, not twice that.
  expect(second.costUsd).toBeCloseTo(first.costUsd, 2);
  expect(second.session!.totalUsd).toBeCloseTo(first.costUsd + second.costUsd, 5);

  const spent = first.costUsd + second.costUsd;
  agent.define({ front: { budget: { perDayUsd: spent } } });
  const id = await agent.send('three');
  const end = await fixture.start('--once').ended;
  expect(end).toMatchObject({ code: 1, stderr: expect.stringMatching(/skipped spender: .*perDayUsd/) });
  expect(agent.turns()).toEqual([1, 2]);
  expect((await agent.where(id))?.state).toBe('new');
  expect(existsSync(agent.layout.parked)).toBe(true);
  expect((await fixture.start('--once').ended).code).toBe(1);
  expect(fixture.operatorInbox().filter(({ kind }) => kind === 'note')).toHaveLength(1);

  // More money and a resume: it goes on.
  agent.define({ front: { budget: { perDayUsd: spent + 1 } } });
  expect(await fixture.command('resume', 'spender')).toMatchObject({ code: 0 });
  expect((await fixture.start('--once').ended).code).toBe(0);
  expect(await agent.answer(id)).toBe('a dear answer');
});

it('does not bury a message because the rest of the day was too little for it', async () => {
  await using fixture = await agentFixture();
  const agent = await fixture.agent('unlucky', { script: dear });
  await agent.send('one');
  await fixture.start('--once').ended;
  const { costUsd } = await agent.ended(1);
  agent.define({ front: { budget: { perDayUsd: costUsd * 1.5 } } });
  const id = await agent.send('two');
  expect((await fixture.start('--once').ended).code).toBe(1);
  expect((await agent.where(id))?.state).toBe('new');
  expect(existsSync(agent.layout.parked)).toBe(true);
});

it('fails a message whose turn reaches perTurnUsd', async () => {
  await using fixture = await agentFixture();
  const agent = await fixture.agent('glutton', { front: { budget: { perTurnUsd: 0.02 } }, script: dear });
  const id = await agent.send('one');
  await fixture.start('--once').ended;
  expect(await agent.outcome(id)).toMatchObject({ outcome: 'dead', reason: expect.stringContaining('budget') });
  expect((await agent.ended(1)).costUsd).toBeGreaterThan(0.02);
});

it("holds every agent when the fleet's perDayUsd is spent", async () => {
  await using fixture = await agentFixture({ config: { perDayUsd: 0.3, maxConcurrentTurns: 1 } });
  const agents = await Promise.all(['ant', 'bee', 'cat'].map(name => fixture.agent(name, { script: dear })));
  const ids = await Promise.all(agents.map(agent => agent.send('work')));
  const end = await fixture.start('--once').ended;
  expect(end).toMatchObject({ code: 1, stderr: expect.stringMatching(/skipped \w+: .*perDayUsd of config\.yaml/) });
  const spent = await Promise.all(
    agents.map(async agent => (agent.turns().length > 0 ? (await agent.ended(1)).costUsd : 0)),
  );
  const total = spent.reduce((sum, usd) => sum + usd, 0);
  expect(total).toBeGreaterThanOrEqual(0.3);
  // No turn is begun after the money is gone, and each is told what is left: it can pass that by its last answer only.
  expect(fixture.server.turns().length).toBeLessThan(agents.length + 1);

  // More for one of them, or no amount at all, is not what holds them.
  const parked = agents.find(agent => existsSync(agent.layout.parked))!.name;
  for (const amount of ['0', '-1', 'much'])
    expect(await fixture.command('resume', '--raise', amount)).toMatchObject({
      code: 64,
      stderr: expect.stringContaining(`expected --raise to be an amount of USD such as 0.50, got "${amount}"`),
    });
  const one = await fixture.command('resume', parked, '--raise', '1');
  expect(one.stdout).toContain('will be parked again unless you allow all agents more today');
  expect((await fixture.start('--once').ended).stderr).toMatch(/skipped .*perDayUsd of config\.yaml/);
  const all = await fixture.command('resume', '--raise', '5');
  expect(all.stdout).toContain("Raised today's budget of all agents by $5");
  expect(all.stdout).not.toContain('parked again');
  expect((await fixture.start('--once').ended).code).toBe(0);
  for (const [index, id] of ids.entries()) expect(await agents[index]!.answer(id)).toBe('a dear answer');
});
