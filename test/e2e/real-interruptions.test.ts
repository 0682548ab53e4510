// Turns that are cut off, with the real claude: killed child, killed runner, signals, time-outs, somebody else in the session.
// Whatever happens, a body stands once in the conversation and an answer is not worked out twice.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startTimeSync } from '#blackboard/system/process-identity.ts';
import type { ModelRequest } from '#runner/demo/model-server/model-request.ts';
import { type Script, text, tool } from '#runner/demo/model-server/reply.ts';
import {
  type AgentFixture,
  agentFixture,
  gate,
  killQuietly,
  sessionRecords,
  timesIn,
} from '#test/support/agent-fixture.ts';
import { realClaudePath } from '#test/support/isolated-claude.ts';
import { hang } from '#test/support/model/failures.ts';

const inPrompts = (request: ModelRequest | undefined, words: string) =>
  timesIn(request?.prompts.join('\n') ?? '', words);

/** Answers the n-th request with the n-th script, and those after the last with it, too. */
function inTurn(...scripts: Script[]): Script {
  let next = 0;
  return request => scripts[Math.min(next++, scripts.length - 1)]!(request);
}

const say =
  (words: string): Script =>
  () =>
    text(words);

/** A zombie has ended. */
const isRunning = (pid: number): boolean => startTimeSync(pid) !== null;

/** A reply that begins at once and never ends. */
const endless: Script = () => text('half an answer that never ends', { delayMs: 300, chunkDelayMs: 600_000 });

/** The agent's conversation has one line: every record has at most one child that is a prompt or an answer. */
async function expectNoBranch(fixture: AgentFixture, sessionId: string): Promise<void> {
  const records = await sessionRecords(fixture.place.home, sessionId);
  const spoken = records.filter(({ type, isSidechain }) => (type === 'user' || type === 'assistant') && !isSidechain);
  const parents = spoken.map(({ parentUuid }) => parentUuid);
  expect(new Set(parents).size).toBe(parents.length);
}

describe('a killed claude', () => {
  it('in mid-stream: the agent is told, and the body is not sent again', async () => {
    await using fixture = await agentFixture();
    const agent = await fixture.agent('killed', { script: inTurn(endless, say('finished')) });
    await fixture.start().says(/watching/);
    const id = await agent.send('saw the plank');
    await agent.promptOnDisk(1);
    killQuietly(await agent.childPid(1));
    expect(await agent.answer(id)).toBe('finished');
    expect((await agent.ended(1)).verdict.kind).toBe('interrupted');
    expect(agent.intent(2)).toMatchObject({ resume: true, messages: [{ mode: 'interrupted' }] });
    const last = agent.requests().at(-1)!;
    expect(last.prompt).toContain(`You were interrupted while working on message ${id}`);
    expect(last.prompt).not.toContain('saw the plank');
    expect(inPrompts(last, 'saw the plank')).toBe(1);
    expect(agent.requests()).toHaveLength(2);
    // What the killed run had cost is not known from a result line, and yet is not nothing.
    expect((await agent.ended(1)).costUsd).toBeGreaterThan(0);
    expect(agent.transcriptLog()).toContain('interrupted');
  });

  it('in a tool: what the tool was doing is ended before the agent is asked to check', async () => {
    let aliveAtNext: boolean | null = null;
    let sleeper = 0;
    const pidFile = () => join(fixture.place.home, 'sleeper');
    const checks: Script = () => {
      aliveAtNext = isRunning(sleeper);
      return text('checked');
    };
    const starts: Script = () => tool('Bash', { command: `echo $$ > ${pidFile()}; exec sleep 600` });
    await using fixture = await agentFixture();
    using _end = { [Symbol.dispose]: () => killQuietly(sleeper) };
    const agent = await fixture.agent('tooled', {
      script: inTurn(starts, checks),
      front: { allowedTools: ['Bash'] },
    });
    const runner = fixture.start();
    await runner.says(/watching/);
    const id = await agent.send('saw the long beam');
    await expect
      .poll(() => existsSync(pidFile()) && readFileSync(pidFile(), 'utf8'), { timeout: 20_000 })
      .toMatch(/\d\n/);
    sleeper = Number(readFileSync(pidFile(), 'utf8'));
    expect(isRunning(sleeper)).toBe(true);
    killQuietly(await agent.childPid(1));
    expect(await agent.answer(id)).toBe('checked');
    expect((await agent.ended(1)).verdict.kind).toBe('interrupted');
    expect(aliveAtNext).toBe(false);
    await runner.says(/ended \d+ process\(es\) that turn 1 had left running/);
  });

  it('before the transcript is written, in a new and in a resumed session: the body is sent again', async () => {
    await using fixture = await agentFixture();
    await fixture.start().says(/watching/);
    // claude has said that it begins with the line, and writes the prompt down only after this hook.
    const command = "if grep -qE 'agent-runner\\] turn (1|3) '; then kill -9 $CLAUDE_PID; fi";
    const settings = { hooks: { UserPromptSubmit: [{ hooks: [{ type: 'command', command }] }] } };
    const agent = await fixture.agent('early', { front: { settings }, script: inTurn(say('sawn'), say('sanded')) });
    for (const [turn, body, answer] of [
      [1, 'saw the beam', 'sawn'],
      [3, 'sand the beam', 'sanded'],
    ] as const) {
      const id = await agent.send(body);
      expect(await agent.answer(id)).toBe(answer);
      expect((await agent.ended(turn)).verdict.kind).toMatch(/interrupted|unstarted/);
      const last = agent.requests().at(-1)!;
      expect(inPrompts(last, body)).toBe(1);
      expect(agent.intent(turn + 1).messages).toMatchObject([{ id, mode: 'check' }]);
      expect(last.prompt).toMatch(new RegExp(`check first[\\s\\S]*${body}`));
    }
    expect(agent.intent(4)).toMatchObject({ resume: true, sessionId: agent.intent(2).sessionId });
    expect(inPrompts(agent.requests().at(-1), 'saw the beam')).toBe(1);
  });
});

describe('a runner', () => {
  it('killed in mid-turn leaves a child that the next runner waits for, and whose answer it publishes', async () => {
    await using fixture = await agentFixture();
    const held = gate();
    const agent = await fixture.agent('orphan', {
      script: async () => {
        await held.opened;
        return text('done all the same');
      },
    });
    const first = fixture.start();
    const id = await agent.send('carry the stone');
    await agent.promptOnDisk(1);
    first.signal('SIGKILL');
    await first.ended;
    const second = fixture.start('--once');
    const [, until] = await second.says(
      /orphan: turn 1, .*still runs as pid \d+; waiting for it until (\S+) at the latest/,
    );
    // turnTimeout, 30 minutes, from its beginning on.
    expect(Date.parse(until!) - Date.parse(agent.intent(1).at)).toBe(30 * 60_000);
    held.open();
    expect((await second.ended).code).toBe(0);
    expect(await agent.answer(id)).toBe('done all the same');
    expect(agent.turns()).toEqual([1]);
    expect(agent.requests()).toHaveLength(1);
    expect(fixture.operatorInbox().map(({ inReplyTo }) => inReplyTo)).toEqual([[id]]);
  });

  it('killed with its child lets the next runner tell the agent of the interruption', async () => {
    await using fixture = await agentFixture();
    const agent = await fixture.agent('both', { script: inTurn(endless, say('carried')) });
    const first = fixture.start();
    const id = await agent.send('carry the log');
    await agent.promptOnDisk(1);
    const child = await agent.childPid(1);
    first.signal('SIGKILL');
    killQuietly(child);
    await first.ended;
    expect((await fixture.start('--once').ended).code).toBe(0);
    expect(await agent.answer(id)).toBe('carried');
    expect(inPrompts(agent.requests().at(-1), 'carry the log')).toBe(1);
    expect(agent.intent(2).messages).toMatchObject([{ mode: 'interrupted' }]);
  });

  it('lets its turn finish at SIGTERM and begins no other; at a second one it stops the turn, and the next runner goes on', async () => {
    await using fixture = await agentFixture();
    const held = gate();
    const patient = await fixture.agent('patient', {
      script: async () => {
        await held.opened;
        return text('finished in time');
      },
    });
    const runner = fixture.start();
    const first = await patient.send('stack the bricks');
    await patient.promptOnDisk(1);
    runner.signal('SIGTERM');
    await runner.says(/no new turns/);
    const second = await patient.send('mix the mortar');
    held.open();
    expect(await runner.ended).toMatchObject({ code: 0, signal: null });
    expect(await patient.answer(first)).toBe('finished in time');
    expect(patient.turns()).toEqual([1]);
    expect((await patient.where(second))?.state).toBe('new');

    const hasty = await fixture.agent('hasty', { script: inTurn(endless, say('resumed')) });
    const impatient = fixture.start('hasty');
    const third = await hasty.send('lay the bricks');
    await hasty.promptOnDisk(1);
    impatient.signal('SIGTERM');
    await impatient.says(/no new turns/);
    impatient.signal('SIGTERM');
    expect(await impatient.ended).toMatchObject({ code: 0, signal: null });
    expect((await hasty.ended(1)).verdict).toMatchObject({ kind: 'interrupted', reason: 'the runner was stopped' });

    expect((await fixture.start('--once').ended).code).toBe(0);
    expect(await patient.answer(second)).toBe('finished in time');
    expect(await hasty.answer(third)).toBe('resumed');
    expect(hasty.intent(2).messages).toMatchObject([{ mode: 'interrupted' }]);
    expect(inPrompts(hasty.requests().at(-1), 'lay the bricks')).toBe(1);
  });
});

describe('a turn over its time', () => {
  it('is stopped and counted as a failure', async () => {
    await using fixture = await agentFixture();
    // A run that is stopped before the model says a word leaves no cost: perTurnUsd is charged for it.
    const front = { maxAttempts: 2, budget: { perTurnUsd: 0.01 } };
    const agent = await fixture.agent('slow', {
      front: { ...front, turnTimeout: '5s' },
      script: ({ prompt }) => (prompt.includes('count the moons') ? text('quick') : hang()),
    });
    const id = await agent.send('count the stars');
    expect((await fixture.start('--once').ended).code).toBe(0);
    expect(await agent.outcome(id)).toMatchObject({
      outcome: 'dead',
      reason: expect.stringMatching(/failed 2 times, last: .*turnTimeout/),
    });
    agent.define({ front });
    const next = await agent.send('count the moons');
    expect((await fixture.start('--once').ended).code).toBe(0);
    expect(await agent.answer(next)).toBe('quick');
    expect(inPrompts(agent.requests().at(-1), 'count the stars')).toBe(1);
  });
});

describe('somebody else in the session', () => {
  it('is waited for and named: a claude -p --resume of another program', async () => {
    await using fixture = await agentFixture();
    const held = gate();
    const agent = await fixture.agent('shared', {
      script: async ({ prompt }) => {
        if (prompt.startsWith('by hand')) await held.opened;
        return text(prompt.startsWith('by hand') ? 'to the hand' : 'to the runner');
      },
    });
    const runner = fixture.start();
    await agent.answer(await agent.send('first work'));
    await agent.ended(1);
    const { sessionId } = agent.intent(1);
    const args = ['-p', '--permission-mode', 'manual', '--resume', sessionId];
    const shared = [
      '--append-system-prompt',
      'You are "shared", run by agent-runner',
      '--system-prompt-snapshot',
      'off',
    ];
    const foreign = fixture.place.start({
      executable: realClaudePath(),
      args: [...args, ...shared],
      prompt: 'by hand',
      cwd: agent.cwd,
    });
    const registered = join(fixture.place.home, '.claude/sessions', `${foreign.pid}.json`);
    await fixture.until('the foreign claude to be registered', () => existsSync(registered));
    const id = await agent.send('second work');
    await runner.says(new RegExp(`shared: waiting for its session \\(pid ${foreign.pid} has it open\\)`));
    expect(agent.turns()).toEqual([1]);
    held.open();
    expect((await foreign.ended).stdout).toContain('to the hand');
    expect(await agent.answer(id)).toBe('to the runner');
    expect(agent.requests().map(({ prompts }) => prompts.length)).toEqual([1, 2, 3]);
    await agent.ended(2);
    await expectNoBranch(fixture, sessionId);
  });
});
