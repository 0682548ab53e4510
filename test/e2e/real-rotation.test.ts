// One session after another, with the real claude: a full one writes a hand-off note, the next begins with it, no matter who dies on the way.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { turnLayout } from '#blackboard/layout.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import type { ModelRequest } from '#runner/demo/model-server/model-request.ts';
import { type Reply, type Script, text } from '#runner/demo/model-server/reply.ts';
import {
  type AgentFixture,
  agentFixture,
  gate,
  killQuietly,
  sessionRecords,
  type TestAgent,
  timesIn,
} from '#test/support/agent-fixture.ts';
import { hang, promptTooLong } from '#test/support/model/failures.ts';

const HANDOFF = 'Write the hand-off note';
const NOTE = 'THE-NOTE: the north wall is painted, the south wall is not.';

const isHandoff = ({ prompts }: ModelRequest): boolean => prompts.at(-1)!.includes(HANDOFF);
const inPrompts = (request: ModelRequest | undefined, words: string) =>
  timesIn(request?.prompts.join('\n') ?? '', words);

/** Writes the note where it is asked for, and answers everything else with what the model read last. */
const obliging =
  (other: (request: ModelRequest) => Reply | Promise<Reply> = () => text('painted')): Script =>
  request =>
    isHandoff(request) ? text(NOTE) : other(request);

const sessions = (agent: TestAgent): string[] => [
  ...new Set(
    agent
      .turns()
      .map(turn => agent.intent(turn).sessionId)
      .filter(id => id !== ''),
  ),
];
const kinds = (agent: TestAgent) => agent.turns().map(turn => agent.intent(turn).kind);
const handoffRequests = (agent: TestAgent) => agent.requests().filter(isHandoff);

/** Runs until nothing is left to do. */
async function finish(fixture: AgentFixture): Promise<void> {
  const end = await fixture.start('--once').ended;
  expect(end.code, end.stderr).toBe(0);
}

/** How often the words stand in the prompts of a conversation on disk. */
async function timesInSession(fixture: AgentFixture, session: string, words: string): Promise<number> {
  const records = await sessionRecords(fixture.place.home, session);
  const prompts = records.filter(({ type, promptSource }) => type === 'user' && promptSource !== undefined);
  return prompts.reduce((sum, { message }) => sum + timesIn(JSON.stringify(message.content), words), 0);
}

/** The first request of the agent's newest session. */
function firstOfLast(agent: TestAgent): ModelRequest {
  const newest = sessions(agent).at(-1)!;
  const marks = agent.turns().flatMap(turn => {
    const { sessionId, mark } = agent.intent(turn);
    return sessionId === newest ? [mark] : [];
  });
  return agent.requests().find(({ prompts }) => marks.some(mark => prompts.at(-1)!.includes(mark)))!;
}

describe('a session that is to be replaced', () => {
  it('after rotateAfterTurns turns: writes its note once, and the new one begins with it and with nothing else of the old', async () => {
    await using fixture = await agentFixture();
    const agent = await fixture.agent('turner', { front: { session: { rotateAfterTurns: 2 } }, script: obliging() });
    for (const words of ['paint the north wall', 'fetch the ladder', 'paint the south wall', 'clean the brushes']) {
      const id = await agent.send(words);
      await finish(fixture);
      expect(await agent.answer(id)).toBe('painted');
    }
    expect(kinds(agent)).toEqual(['work', 'work', 'handoff', 'work', 'work']);
    expect(sessions(agent)).toHaveLength(2);
    expect(handoffRequests(agent)).toHaveLength(1);
    expect(inPrompts(handoffRequests(agent)[0], 'paint the north wall')).toBe(1);
    const first = firstOfLast(agent);
    expect(first.prompts).toHaveLength(1);
    expect(first.prompt).toContain(
      'Hand-off note of your session before this one:\nTHE-NOTE: the north wall is painted',
    );
    expect(first.prompt).toContain('paint the south wall');
    expect(JSON.stringify(first.body)).not.toContain('fetch the ladder');
    // The note stands once in the new conversation, also later.
    expect(inPrompts(agent.requests().at(-1), 'THE-NOTE')).toBe(1);
    expect(agent.transcriptLog()).toContain(
      'the session is to be replaced: it writes a hand-off note for the next one',
    );
  });

  it('past rotateAtContext of the window, by the tokens that the model counts', async () => {
    await using fixture = await agentFixture();
    const tokens = [40_000, 119_000, 121_000, 10_000];
    const agent = await fixture.agent('filler', {
      front: { model: 'claude-haiku-4-5-20251001' },
      script: obliging(() => text('painted', { usage: { input_tokens: tokens.shift() ?? 100, output_tokens: 5 } })),
    });
    for (const words of ['one', 'two', 'three', 'four']) {
      await agent.send(words);
      await finish(fixture);
    }
    expect((await agent.ended(1)).session).toMatchObject({ contextTokens: 40_000, rotate: null });
    expect((await agent.ended(2)).session).toMatchObject({ contextTokens: 119_000, rotate: null });
    expect((await agent.ended(3)).session?.rotate?.reason).toBe('121000 of 200000 tokens of context are used');
    expect(kinds(agent)).toEqual(['work', 'work', 'work', 'handoff', 'work']);
    expect(sessions(agent)).toHaveLength(2);
    expect(firstOfLast(agent).prompt).toContain('THE-NOTE');
  });
});

describe('a conversation that is too long for the model', () => {
  it('is made shorter by claude itself, before the window is full, and goes on: this model does so only if it is told', async () => {
    await using fixture = await agentFixture();
    const tokens = [1_000, 1_000, 170_000, 9_000];
    const agent = await fixture.agent('shortener', {
      front: { model: 'claude-haiku-4-5-20251001', resident: false, session: { rotateAtContext: 0.95 } },
      script: () => text('painted', { usage: { input_tokens: tokens.shift() ?? 100, output_tokens: 5 } }),
    });
    await fixture.start().says(/watching/);
    for (const words of ['one', 'two', 'three', 'four'])
      expect(await agent.answer(await agent.send(words))).toBe('painted');
    const { stream } = turnLayout(agent.layout.turns, 4);
    expect(readFileSync(stream, 'utf8')).toContain('"compact_result":"success"');
    expect(agent.requests().at(-1)!.prompts.join()).toContain('Summary by the model server.');
    expect(kinds(agent)).toEqual(['work', 'work', 'work', 'work']);
    expect(sessions(agent)).toHaveLength(1);
    expect(await agent.ended(4)).toMatchObject({ verdict: { kind: 'answered' }, session: { rotate: null } });
  });

  it('is asked for a note once; the message is answered in a new one, stands once in each, and trace says so', async () => {
    await using fixture = await agentFixture();
    // claude 2.1.329 makes a summary itself where the model finds a conversation too long, and asks again: too long still.
    const script: Script = ({ prompts }) => (prompts.length > 1 ? promptTooLong() : text('done'));
    const agent = await fixture.agent('long', { script });
    const first = await agent.send('fill the pool');
    await fixture.start('--once').ended;
    expect(await agent.answer(first)).toBe('done');
    const id = await agent.send('empty the pool');
    await finish(fixture);
    expect(await agent.answer(id)).toBe('done');

    const kindsOf = await Promise.all(agent.turns().map(async turn => (await agent.ended(turn)).verdict.kind));
    expect(kindsOf).toEqual(['answered', 'too-long', 'too-long', 'answered']);
    expect(kinds(agent)).toEqual(['work', 'work', 'handoff', 'work']);
    const [old, young] = sessions(agent) as [string, string];
    expect(firstOfLast(agent).prompt).toContain('could not write a hand-off note');
    for (const session of [old, young]) expect(await timesInSession(fixture, session, 'empty the pool')).toBe(1);
    expect((await agent.where(id))?.name).toMatchObject({ failures: 0, interruptions: 0 });
    const { stdout } = await fixture.command('trace', id);
    expect(stdout).toContain(`session ${shortId(old)}`);
    expect(stdout).toContain(`session ${shortId(young)}`);
    expect(stdout).toMatch(/in a new session; its text stands in the earlier one, too/);
    const { steps } = JSON.parse((await fixture.command('trace', id, '--json')).stdout);
    expect(steps.filter(({ step }: { step: string }) => step === 'claimed')).toMatchObject([
      { turn: 2, alsoIn: null },
      { turn: 4, alsoIn: old },
    ]);
  });

  it('writes the note if it still can', async () => {
    await using fixture = await agentFixture();
    const agent = await fixture.agent('almost', {
      script: obliging(({ prompts }) => (prompts.length > 1 ? promptTooLong() : text('done'))),
    });
    await agent.send('fill the pool');
    await fixture.start('--once').ended;
    const id = await agent.send('empty the pool');
    await finish(fixture);
    expect(await agent.answer(id)).toBe('done');
    expect(handoffRequests(agent)).toHaveLength(1);
    expect(inPrompts(firstOfLast(agent), 'THE-NOTE')).toBe(1);
    expect(inPrompts(firstOfLast(agent), 'empty the pool')).toBe(1);
  });

  it('a message that is too long by itself fails, and takes no session with it', async () => {
    await using fixture = await agentFixture();
    const agent = await fixture.agent('flooded', {
      front: { maxAttempts: 2 },
      script: request => (inPrompts(request, 'too much') > 0 ? promptTooLong() : text('done')),
    });
    const id = await agent.send('this is too much');
    await finish(fixture);
    expect(await agent.outcome(id)).toMatchObject({ outcome: 'dead', reason: expect.stringMatching(/too long/) });
    const next = await agent.send('paint');
    await finish(fixture);
    expect(await agent.answer(next)).toBe('done');
  });
});

describe('kill -9 of runner and claude', () => {
  const front = { session: { rotateAfterTurns: 1 } };

  it('when the note is owed: the next runner asks for it', async () => {
    await using fixture = await agentFixture();
    const agent = await fixture.agent('owing', { front, script: obliging() });
    const first = fixture.start();
    await agent.answer(await agent.send('paint the north wall'));
    await agent.ended(1);
    first.signal('SIGKILL');
    await first.ended;
    const id = await agent.send('paint the south wall');
    await finish(fixture);
    expect(await agent.answer(id)).toBe('painted');
    expect(kinds(agent)).toEqual(['work', 'handoff', 'work']);
    expect(inPrompts(firstOfLast(agent), 'THE-NOTE')).toBe(1);
  });

  it('while the note is written: it is asked for again, but not for ever, and the work goes on without it', async () => {
    await using fixture = await agentFixture();
    const agent = await fixture.agent('dying', {
      // What a killed run has cost is not known, and the most it may cost is charged.
      front: { ...front, budget: { perTurnUsd: 0.5 } },
      script: request => (isHandoff(request) ? hang() : text('painted')),
    });
    await agent.send('paint the north wall');
    await fixture.start('--once').ended;
    const id = await agent.send('paint the south wall');
    for (let attempt = 1; attempt <= 3; attempt++) {
      const runner = fixture.start();
      await agent.promptOnDisk(1 + attempt);
      const child = await agent.childPid(1 + attempt);
      runner.signal('SIGKILL');
      killQuietly(child);
      await runner.ended;
    }
    await finish(fixture);
    expect(await agent.answer(id)).toBe('painted');
    expect(kinds(agent)).toEqual(['work', 'handoff', 'handoff', 'handoff', 'work']);
    expect(sessions(agent)).toHaveLength(2);
    expect(inPrompts(firstOfLast(agent), 'paint the south wall')).toBe(1);
    expect((await agent.where(id))?.name).toMatchObject({ failures: 0, interruptions: 0 });
  });

  it('of the runner alone while the note is written: the next one waits for it, and asks no second time', async () => {
    await using fixture = await agentFixture();
    const held = gate();
    const agent = await fixture.agent('orphan', {
      front,
      script: async request => {
        if (!isHandoff(request)) return text('painted');
        await held.opened;
        return text(NOTE);
      },
    });
    await agent.send('paint the north wall');
    await fixture.start('--once').ended;
    const id = await agent.send('paint the south wall');
    const first = fixture.start();
    await agent.promptOnDisk(2);
    first.signal('SIGKILL');
    await first.ended;
    const second = fixture.start('--once');
    await second.says(/orphan: turn 2, .*still runs as pid \d+; waiting for it/);
    held.open();
    expect((await second.ended).code).toBe(0);
    expect(await agent.answer(id)).toBe('painted');
    expect(handoffRequests(agent)).toHaveLength(1);
    expect(inPrompts(firstOfLast(agent), 'THE-NOTE')).toBe(1);
  });

  it("in the new session's first turn: note and message stand there once, whether claude had written them down or not", async () => {
    for (const moment of ['before', 'after'] as const) {
      await using fixture = await agentFixture();
      let isFirst = true;
      const agent: TestAgent = await fixture.agent('young', {
        // The turn that is killed is the new session's first: it must not be its last, too.
        front: { session: { rotateAfterTurns: 2 } },
        script: async request => {
          if (isHandoff(request)) return text(NOTE);
          if (inPrompts(request, 'paint the south wall') === 0 || !isFirst) return text('painted');
          isFirst = false;
          if (moment === 'before') killQuietly(await agent.childPid(4));
          return hang();
        },
      });
      await agent.send('paint the north wall');
      await agent.send('fetch the ladder');
      await finish(fixture);
      const id = await agent.send('paint the south wall');
      const runner = fixture.start();
      if (moment === 'after') await agent.promptOnDisk(4);
      const child = await agent.childPid(4);
      await fixture.until('the first turn to ask', () => !isFirst);
      runner.signal('SIGKILL');
      killQuietly(child);
      await runner.ended;
      await finish(fixture);
      expect(await agent.answer(id)).toBe('painted');
      expect(handoffRequests(agent)).toHaveLength(1);
      const last = agent.requests().at(-1);
      expect(inPrompts(last, 'THE-NOTE'), moment).toBe(1);
      expect(inPrompts(last, 'paint the south wall'), moment).toBe(1);
      expect(inPrompts(last, 'paint the north wall'), moment).toBe(0);
    }
  });
});
