// What errors of the model API come to, with the real claude: its own retries, the agent's back-off, a park, a dead letter.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ModelRequest } from '#runner/demo/model-server/model-request.ts';
import { type Script, text } from '#runner/demo/model-server/reply.ts';
import { type AgentFixture, agentFixture, timesIn } from '#test/support/agent-fixture.ts';
import { apiError } from '#test/support/model/failures.ts';

/** claude itself tries once more after an API error. */
let fixture: AgentFixture;
beforeAll(async () => {
  fixture = await agentFixture({ maxRetries: 1 });
  await fixture.start().says(/watching/);
});
afterAll(() => fixture[Symbol.asyncDispose]());

/** Fails that many requests, then answers "well again". */
function failing(status: number, times: number): Script {
  let given = 0;
  return () => (given++ < times ? apiError(status, `scripted error ${status}`) : text('well again'));
}

/** How often the words stand in the prompts of a request: what the conversation holds of them. */
const inPrompts = (request: ModelRequest | undefined, words: string) =>
  timesIn(request?.prompts.join('\n') ?? '', words);

const notesFrom = (name: string) =>
  fixture.operatorInbox().filter(({ from, kind }) => from === name && kind === 'note');

it("leaves a short 429 to claude's own retry: one turn, an answer", async () => {
  const agent = await fixture.agent('patient', { script: failing(429, 1) });
  expect(await agent.answer(await agent.send('work'))).toBe('well again');
  expect(agent.turns()).toEqual([1]);
  expect(agent.requests()).toHaveLength(2);
});

it.each([
  ['limited', 429, 4],
  ['broken', 500, 2],
])('%s: backs off the agent after %i that outlasts the retries, and counts no attempt', async (name, status, times) => {
  const agent = await fixture.agent(name, { front: { maxAttempts: 1 }, script: failing(status, times) });
  const id = await agent.send('paint the fence');
  expect(await agent.answer(id)).toBe('well again');
  const turns = agent.turns();
  expect(turns).toHaveLength(times / 2 + 1);
  for (const turn of turns.slice(0, -1)) {
    const ended = await agent.ended(turn);
    expect(ended).toMatchObject({ verdict: { kind: 'temporary' }, backoffLevel: turn });
    // The pause is kept: the next turn began after it.
    expect(Date.parse(agent.intent(turn + 1).at)).toBeGreaterThanOrEqual(ended.retryAtMs!);
  }
  const last = agent.requests().at(-1);
  expect(inPrompts(last, 'paint the fence')).toBe(1);
  expect(last!.prompt).toContain(`You were interrupted while working on message ${id}`);
  expect((await agent.where(id))?.name).toMatchObject({ failures: 0, interruptions: 0 });
  expect(notesFrom(name)).toEqual([]);
});

it('takes a dropped connection for temporary, too', async () => {
  let given = 0;
  const agent = await fixture.agent('offline', {
    front: { maxAttempts: 1 },
    script: () => (given++ < 2 ? { kind: 'drop' } : text('well again')),
  });
  const id = await agent.send('paint the gate');
  expect(await agent.answer(id)).toBe('well again');
  expect((await agent.ended(1)).verdict.kind).toBe('temporary');
  expect(inPrompts(agent.requests().at(-1), 'paint the gate')).toBe(1);
});

it('parks the agent at a 401 with one note to the operator, and goes on after resume', async () => {
  const agent = await fixture.agent('stranger', { front: { maxAttempts: 1 }, script: failing(401, 2) });
  const ids = [await agent.send('paint the door'), await agent.send('paint the roof')];
  expect((await agent.ended(1)).verdict).toMatchObject({ kind: 'needs-person', code: 'auth' });
  await fixture.until('the park', () => existsSync(agent.layout.parked));
  expect(notesFrom('stranger')).toHaveLength(1);
  expect(notesFrom('stranger')[0]!.body).toMatch(/parked \(auth\)[\s\S]*agent-runner resume stranger/);
  for (const id of ids) expect((await agent.where(id))?.state).toBe('new');

  expect(await fixture.command('resume', 'stranger')).toMatchObject({ code: 0 });
  for (const id of ids) expect(await agent.answer(id)).toBe('well again');
  const last = agent.requests().at(-1);
  expect(inPrompts(last, 'paint the door')).toBe(1);
  expect(inPrompts(last, 'paint the roof')).toBe(1);
  expect(notesFrom('stranger')).toHaveLength(1);
  expect(agent.turns()).toEqual([1, 2, 3]);
});

it('parks the agent where claude refuses to start, with what it said; every message waits, and goes on by itself once that is mended', async () => {
  const mcpConfig = join(fixture.place.root, 'servers.json');
  writeFileSync(mcpConfig, '{ no json');
  const agent = await fixture.agent('misled', { front: { maxAttempts: 1, mcpConfig }, script: () => text('at last') });
  const ids = [await agent.send('oil the hinge'), await agent.send('oil the lock')];
  await fixture.until('the park', () => existsSync(agent.layout.parked));
  expect(await agent.ended(1)).toMatchObject({ costUsd: 0, verdict: { kind: 'unstarted' } });
  expect(notesFrom('misled').map(({ body }) => body)).toEqual([
    expect.stringMatching(
      /parked \(claude\): claude refused to start: .*Invalid MCP configuration: .*tried again at .*to try now: agent-runner resume misled/,
    ),
  ]);
  for (const id of ids) expect((await agent.where(id))?.state).toBe('new');
  writeFileSync(mcpConfig, '{"mcpServers":{}}');
  for (const id of ids) expect(await agent.answer(id)).toBe('at last');
});

it('gives a message up after maxAttempts failures (400), tells the operator once, and works on the next', async () => {
  const agent = await fixture.agent('refused', {
    front: { maxAttempts: 2 },
    script: ({ prompts }) =>
      prompts.at(-1)!.includes('fine') ? text('done') : apiError(400, 'scripted: no such thing'),
  });
  const bad = await agent.send('ask for the impossible');
  const good = await agent.send('fine');
  expect(await agent.outcome(bad)).toMatchObject({
    outcome: 'dead',
    turn: 2,
    reason: expect.stringMatching(/failed 2 times, last: .*no such thing/),
  });
  expect(await agent.answer(good)).toBe('done');
  expect((await agent.where(bad))?.state).toBe('dead');
  // A conversation that began with what the API refuses is not gone on with.
  expect(inPrompts(agent.requests().at(-1), 'ask for the impossible')).toBe(0);
  const notes = notesFrom('refused');
  expect(notes).toEqual([expect.objectContaining({ inReplyTo: [bad], body: expect.stringContaining('is dead') })]);
});

it('replaces a conversation that the API refuses: its messages are not to blame, and are answered in the new one', async () => {
  const poison = 'a tool call without its result';
  const agent = await fixture.agent('poisoned', {
    front: { maxAttempts: 1 },
    script: ({ body }) =>
      JSON.stringify(body.messages).includes(poison) && isPoisoned ? apiError(400, 'scripted: tool_use') : text('done'),
  });
  let isPoisoned = false;
  expect(await agent.answer(await agent.send(poison))).toBe('done');
  isPoisoned = true;
  const ids = [await agent.send('paint the fence'), await agent.send('paint the wall')];
  for (const id of ids) expect(await agent.answer(id)).toBe('done');
  expect((await agent.ended(2)).verdict).toMatchObject({ kind: 'refused', blame: 'session' });
  // The hand-off note was asked for, and refused as well.
  expect(agent.intent(3).kind).toBe('handoff');
  expect(agent.intent(4)).toMatchObject({ resume: false, sessionId: agent.intent(5).sessionId });
  expect(agent.turns()).toEqual([1, 2, 3, 4, 5]);
  expect(notesFrom('poisoned')).toEqual([]);
});

it('runs the messages of a failed batch one by one, and only a failure alone counts', async () => {
  const agent = await fixture.agent('sorter', {
    front: { enabled: false, maxAttempts: 1 },
    script: ({ prompts }) => (prompts.at(-1)!.includes('Work on all 2') ? apiError(400) : text('done alone')),
  });
  const ids = [
    await agent.send('sort the nails', { thread: 't' }),
    await agent.send('sort the screws', { thread: 't' }),
  ];
  agent.define({ front: { maxAttempts: 1 } });
  for (const id of ids) expect(await agent.answer(id)).toBe('done alone');
  const batches = [1, 2, 3].map(turn => agent.intent(turn).messages.map(({ id }) => id));
  expect(batches).toEqual([ids, [ids[0]], [ids[1]]]);
  for (const words of ['sort the nails', 'sort the screws']) expect(inPrompts(agent.requests().at(-1), words)).toBe(1);
  expect((await agent.outcome(ids[0]!)).reply).not.toBe((await agent.outcome(ids[1]!)).reply);
});
