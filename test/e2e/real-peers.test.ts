// Agents and people who write to each other with the command itself: send, ask, cancel, trace; from a shell and from a turn.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Script, text, tool } from '#runner/demo/model-server/reply.ts';
import { type AgentFixture, agentFixture, timesIn } from '#test/support/agent-fixture.ts';
import { apiError, hang } from '#test/support/model/failures.ts';

const front = { allowedTools: ['Bash(agent-runner:*)'] };
const bash = (command: string) => tool('Bash', { command });

describe('agents', () => {
  it('write to each other: the sender is known, the trace is kept, and an answer starts no turn', async () => {
    await using fixture = await agentFixture();
    const ann = await fixture.agent('ann', {
      front,
      script: ({ prompt, toolRounds }) => {
        if (prompt.includes('hello back')) return text('thanks');
        return toolRounds === 0 ? bash('agent-runner send bob "hello from ann"') : text('told bob');
      },
    });
    const bob = await fixture.agent('bob', {
      front,
      script: ({ toolRounds }) =>
        toolRounds === 0 ? bash('agent-runner send ann "hello back"') : text('answered ann'),
    });
    const id = await ann.send('tell bob hello');
    // Bob had nothing to do at first; --once drains what comes of the turns, too.
    expect(await fixture.start('--once').ended).toMatchObject({ code: 0 });
    expect(await ann.answer(id)).toBe('told bob');
    expect(fixture.operatorInbox().map(({ body }) => body)).toEqual(['told bob']);

    const atBob = bob.ids().map(bob.message);
    const hello = atBob.find(({ body }) => body.startsWith('hello from ann'))!;
    expect(hello).toMatchObject({ from: 'ann', kind: 'request', hops: 1, trace: id, turn: 1 });
    expect(await bob.answer(hello.id)).toBe('answered ann');
    const back = ann
      .ids()
      .map(ann.message)
      .find(({ body }) => body.startsWith('hello back'))!;
    expect(back).toMatchObject({ from: 'bob', kind: 'request', hops: 2, trace: id });
    expect(await ann.answer(back.id)).toBe('thanks');
    // Two requests and the operator's: three turns. The answers go along with a later turn, or wait for one.
    expect(bob.turns()).toEqual([1]);
    expect(ann.turns()).toEqual([1, 2]);
    expect(bob.requests()[0]!.prompt).toMatch(/from: ann[\s\S]*from a peer, not from your user/);

    const traced = await fixture.command('trace', hello.id);
    for (const word of ['queued', 'started', 'ended', 'replied']) expect(traced.stdout).toContain(word);
  });

  it('that only pass the ball, three in a circle, are stopped by the hop limit', async () => {
    await using fixture = await agentFixture();
    const passTo =
      (name: string): Script =>
      ({ toolRounds, toolResult }) =>
        toolRounds === 0 ? bash(`agent-runner send ${name} "your turn"`) : text(toolResult.slice(0, 500));
    const ping = await fixture.agent('ping', { front, script: passTo('pong') });
    const pong = await fixture.agent('pong', { front, script: passTo('pang') });
    const pang = await fixture.agent('pang', { front, script: passTo('ping') });
    const circle = [ping, pong, pang];
    const id = await ping.send('begin');
    // It ends by itself: nothing is left to do.
    expect(await fixture.start('--once').ended).toMatchObject({ code: 0 });
    const all = circle.flatMap(each => each.ids().map(each.message));
    const balls = all.filter(({ kind }) => kind === 'request');
    expect(balls.map(({ hops }) => hops).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(new Set(balls.map(({ trace }) => trace))).toEqual(new Set([id]));
    expect(circle.map(each => each.turns().length)).toEqual([3, 3, 3]);
    expect(await pang.answer(balls.find(({ hops }) => hops === 8)!.id)).toMatch(/hop/);
  });

  // Also where an answer starts a turn: what that turn says is told to nobody. The control thanks by requests, and only the
  // hop limit ends it.
  it.each([
    ['thank each other once, and no more', 'answers', [2, 1]],
    ['would thank each other for ever by requests, and are stopped by the hop limit (control)', 'requests', [3, 3]],
  ])('that are polite %s', async (_, by, turns) => {
    await using fixture = await agentFixture({ config: { maxHops: 5 } });
    const eager = { ...front, turnOn: ['request', 'question', 'answer'] };
    const thanking =
      (name: string): Script =>
      ({ toolRounds, prompt }) =>
        toolRounds === 0 && (by === 'requests' || prompt.includes('thank bob'))
          ? bash(`agent-runner send ${name} "thank you"`)
          : text('thank you, too');
    const silent = { ...eager, turnOn: ['request', 'question'] };
    const options = (name: string) => ({ front: by === 'answers' ? eager : silent, script: thanking(name) });
    const ann = await fixture.agent('ann', options('bob'));
    const bob = await fixture.agent('bob', options('ann'));
    await ann.send('thank bob');
    // It ends by itself: nothing is left to do.
    expect(await fixture.start('--once').ended).toMatchObject({ code: 0 });
    expect([ann.turns().length, bob.turns().length]).toEqual(turns);
    const answers = [...ann.ids().map(ann.message), ...bob.ids().map(bob.message)].filter(
      ({ kind }) => kind === 'answer',
    );
    expect(answers.every(({ inReplyTo }) => inReplyTo?.length === 1)).toBe(true);
    if (by === 'answers') expect(answers.map(({ from }) => from)).toEqual(['bob']);
  });

  it('are stopped earlier where config.yaml says so', async () => {
    await using fixture = await agentFixture({ config: { maxHops: 0 } });
    const pass = ({ toolRounds, toolResult }: Parameters<Script>[0]) =>
      toolRounds === 0 ? bash('agent-runner send pong "your turn"') : text(toolResult.slice(0, 500));
    const ping = await fixture.agent('ping', { front, script: pass });
    const pong = await fixture.agent('pong', { front });
    const id = await ping.send('begin');
    expect(await fixture.start('--once').ended).toMatchObject({ code: 0 });
    expect(await ping.answer(id)).toMatch(/hop 1 of one chain of messages, and 0 are allowed/);
    expect(pong.ids()).toEqual([]);
  });

  it('ask each other within a turn although only one may run at a time, and never in a circle', async () => {
    await using fixture = await agentFixture({ config: { maxConcurrentTurns: 1 } });
    const asking =
      (name: string): Script =>
      ({ toolRounds, toolResult }) =>
        toolRounds === 0 ? bash(`agent-runner ask ${name} "and you?"`) : text(`${name} says: ${toolResult}`);
    const chief = await fixture.agent('chief', { front, script: asking('clerk') });
    const clerk = await fixture.agent('clerk', { front, script: asking('chief') });
    const id = await chief.send('ask the clerk');
    expect(await fixture.start('--once').ended).toMatchObject({ code: 0 });
    const answer = await chief.answer(id);
    expect(answer).toMatch(/^clerk says: chief says: /);
    expect(answer).toMatch(/wait/);
    expect(chief.turns()).toEqual([1]);
    expect(clerk.turns()).toEqual([1]);
  });
});

describe('a person', () => {
  let fixture: AgentFixture;
  beforeAll(async () => {
    fixture = await agentFixture();
    await fixture.start().says(/watching/);
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  it('asks and gets the reply on stdout', async () => {
    const agent = await fixture.agent('sage');
    const asked = await fixture.command('ask', 'sage', 'how much? @@SAY forty-two@@');
    expect(asked).toMatchObject({ code: 0, stdout: 'forty-two\n' });
    expect(agent.message(agent.ids()[0]!)).toMatchObject({ kind: 'question', from: 'operator' });
    // Anyone who waits takes the reply: it is not left in the inbox as news.
    expect(fixture.operatorInbox().filter(({ from }) => from === 'sage')).toEqual([]);
  });

  it('is told by the exit code when the turn failed, or when it takes too long', async () => {
    await fixture.agent('fool', { front: { maxAttempts: 1 }, script: () => apiError(400, 'scripted: too hard') });
    const failed = await fixture.command('ask', 'fool', 'why?');
    expect(failed).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('too hard') });

    const slow = await fixture.agent('snail', { script: hang });
    expect(await fixture.command('ask', 'snail', 'when?', '--timeout', '1')).toMatchObject({ code: 75, stdout: '' });
    expect((await slow.where(slow.ids()[0]!))?.state).toMatch(/new|cur/);
  });

  it('sends the same key twice and it is one message', async () => {
    const agent = await fixture.agent('sorter');
    const send = () => fixture.command('send', 'sorter', '@@SAY once@@', '--id', 'nightly-7');
    const [first, second] = [await send(), await send()];
    expect(first.code).toBe(0);
    expect(second.stdout).toBe(first.stdout);
    expect(await agent.answer(first.stdout.trim())).toBe('once');
    expect(agent.ids()).toHaveLength(1);
    expect(agent.requests()).toHaveLength(1);
  });

  it("cancels an agent's turn: its message ends dead, the next one is worked on", async () => {
    const agent = await fixture.agent('builder', {
      script: ({ prompts }) => (prompts.at(-1)!.includes('the hut') ? text('hut built') : hang()),
    });
    const tower = await agent.send('build the tower');
    await agent.promptOnDisk(1);
    const hut = await agent.send('build the hut');
    expect(await fixture.command('cancel', 'builder')).toMatchObject({ code: 0 });
    expect(await agent.outcome(tower)).toMatchObject({ outcome: 'dead', reason: 'cancelled by operator' });
    expect((await agent.ended(1)).verdict.kind).toBe('cancelled');
    expect((await agent.where(tower))?.state).toBe('dead');
    expect(await agent.answer(hut)).toBe('hut built');
    expect(timesIn(agent.requests().at(-1)!.prompts.join('\n'), 'build the tower')).toBe(1);
    expect(agent.transcriptLog()).toContain('cancelled');
  });

  it('cancels a message that waits: no turn ever sees it', async () => {
    const agent = await fixture.agent('painter', {
      script: ({ prompts }) => (prompts.at(-1)!.includes('the fence') ? hang() : text('painted')),
    });
    const fence = await agent.send('paint the fence');
    await agent.promptOnDisk(1);
    const wall = await agent.send('paint the wall');
    expect(await fixture.command('cancel', wall)).toMatchObject({ code: 0 });
    expect(await agent.outcome(wall)).toMatchObject({ outcome: 'dead' });
    expect(await fixture.command('cancel', fence)).toMatchObject({ code: 0 });
    expect(await agent.outcome(fence)).toMatchObject({ outcome: 'dead' });
    expect(agent.requests().every(({ prompts }) => !prompts.join('\n').includes('the wall'))).toBe(true);

    // Requeued, it goes through the same rules: its body was never sent, so it is sent now.
    expect(await fixture.command('dead', 'requeue', wall)).toMatchObject({ code: 0 });
    await fixture.until('the wall to be painted', () => agent.requests().at(-1)!.prompt.includes('paint the wall'));
    expect(existsSync(agent.layout.parked)).toBe(false);
  });
});
