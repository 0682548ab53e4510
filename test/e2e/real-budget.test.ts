// Money with the real claude: budgets of a message and of a day, what reaches the model server while it refuses, the prompt cache.

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { rootLayout, turnLayout } from '#blackboard/layout.ts';
import type { Ended, Intent } from '#blackboard/turns/turn-records.ts';
import { type Script, text, tool } from '#runner/demo/model-server/reply.ts';
import { agentFixture, type TestAgent, timesIn } from '#test/support/agent-fixture.ts';
import { apiError, hang } from '#test/support/model/failures.ts';

/** Some ten thousand tokens, some ten cents. */
const dear = { usage: { output_tokens: 10_000 } };

const allEnded = (agent: TestAgent): Promise<Ended[]> => Promise.all(agent.turns().map(turn => agent.ended(turn)));

it('a turn over its own budget is the end of its message, and sender and operator are told why', async () => {
  await using fixture = await agentFixture();
  const boss = await fixture.agent('boss', { front: { enabled: false } });
  const agent = await fixture.agent('glutton', {
    front: { budget: { perTurnUsd: 0.02 } },
    script: () => text('a dear answer', dear),
  });
  const id = await agent.send('eat', { from: 'boss', hops: 1 });
  await fixture.start('--once', 'glutton').ended;
  const outcome = await agent.outcome(id);
  expect(outcome).toMatchObject({ outcome: 'dead', reason: expect.stringMatching(/reached its budget/) });
  const told = [...boss.ids().map(note => boss.message(note)), ...fixture.operatorInbox()];
  expect(told.map(({ kind, inReplyTo, body }) => [kind, inReplyTo, body.includes(outcome.reason!)])).toEqual([
    ['note', [id], true],
    ['note', [id], true],
  ]);
  expect(agent.turns()).toEqual([1]);
});

it('what a message costs over all its attempts is bounded by perMessageUsd', async () => {
  await using fixture = await agentFixture();
  const agent = await fixture.agent('stubborn', {
    front: { maxAttempts: 50, budget: { perTurnUsd: 1, perMessageUsd: 0.9 } },
    // Each attempt pays for a tool call and then fails.
    script: ({ toolRounds, prompts }) => {
      if (prompts.at(-1)!.includes('cheap')) return text('done');
      return toolRounds === 0 ? tool('Bash', { command: 'echo dear' }, dear) : apiError(400, 'scripted: no');
    },
  });
  const id = await agent.send('try for ever');
  const next = await agent.send('cheap');
  expect((await fixture.start('--once').ended).code).toBe(0);
  expect(await agent.outcome(id)).toMatchObject({
    outcome: 'dead',
    reason: expect.stringMatching(/^it has cost \$\d\.\d\d without an answer \(perMessageUsd\); last: /),
  });
  expect(await agent.answer(next)).toBe('done');
  const attempts = agent.turns().filter(turn => agent.intent(turn).messages.some(message => message.id === id));
  expect(attempts.length).toBeGreaterThan(1);
  let spentUsd = 0;
  for (const turn of attempts) {
    expect(spentUsd).toBeLessThan(0.9);
    // claude itself is told what is left.
    expect(agent.intent(turn).perTurnUsd).toBeCloseTo(Math.min(1, 0.9 - spentUsd), 6);
    spentUsd += (await agent.ended(turn)).costUsd;
  }
  expect(spentUsd).toBeGreaterThanOrEqual(0.9);
});

it("over the day's budget the agent parks with one note; resume --raise goes on with what was raised, and no further", async () => {
  await using fixture = await agentFixture();
  const agent = await fixture.agent('spender', { script: () => text('a dear answer', dear) });
  await agent.send('one');
  await fixture.start('--once').ended;
  const { costUsd } = await agent.ended(1);
  agent.define({ front: { budget: { perDayUsd: costUsd } } });
  const runner = fixture.start();
  const ids = [await agent.send('two'), await agent.send('three')];
  await fixture.until('the park', () => existsSync(agent.layout.parked));
  const shown = await fixture.command('status', 'spender');
  expect(shown.stdout).toMatch(/parked: budget\.perDayUsd \(\$/);
  const notes = () => fixture.operatorInbox().filter(({ kind }) => kind === 'note');
  expect(notes()).toHaveLength(1);
  expect(notes()[0]!.body).toContain('agent-runner resume spender --raise <usd>');

  // Without more money, resuming changes nothing: it parks again, and nobody is told a second time.
  const again = await fixture.command('resume', 'spender');
  expect(again.stdout).toContain('--raise');
  await fixture.until('the next park', () => existsSync(agent.layout.parked));
  expect(agent.turns()).toEqual([1]);
  expect(notes()).toHaveLength(1);

  // Enough for one turn and a little.
  const raised = await fixture.command('resume', 'spender', '--raise', String(costUsd * 1.01));
  expect(raised.stdout).toContain("Raised spender's budget of today");
  expect(await agent.answer(ids[0]!)).toBe('a dear answer');
  await fixture.until('the park after that', () => existsSync(agent.layout.parked));
  expect((await agent.where(ids[1]!))?.state).toBe('new');
  expect(notes()).toHaveLength(2);
  // The little that was left began the next one, which was told of it, and is no fault of its message's.
  expect(agent.intent(3).perTurnUsd).toBeLessThan(costUsd * 0.02);
  expect((await agent.ended(3)).verdict.kind).toBe('over-budget');
  runner.signal('SIGTERM');
  await runner.ended;
  expect(agent.turns()).toEqual([1, 2, 3]);
});

it.each([429, 500])('while the API says %i, the requests that reach it are few and get fewer', async status => {
  await using fixture = await agentFixture({ maxRetries: 2 });
  let isWell = false;
  const agent = await fixture.agent('storm', {
    script: () => (isWell ? text('well again') : apiError(status, 'scripted storm')),
  });
  const ids: string[] = [];
  for (let count = 0; count < 3; count++) ids.push(await agent.send(`work ${count}`));
  fixture.start();
  await agent.ended(3);
  // More work is no reason to ask more often.
  for (let count = 0; count < 3; count++) ids.push(await agent.send(`more work ${count}`));
  isWell = true;
  for (const id of ids) expect(await agent.answer(id)).toBe('well again');
  const ended = await allEnded(agent);
  const failed = ended.filter(({ verdict }) => verdict.kind === 'temporary');
  expect(failed.map(({ backoffLevel }) => backoffLevel)).toEqual(failed.map((_, at) => at + 1));
  for (const [at, { retryAtMs, turn, at: endedAt }] of failed.entries()) {
    const pauseMs = retryAtMs! - Date.parse(endedAt);
    expect(pauseMs).toBeGreaterThanOrEqual(750 * 2 ** at);
    expect(pauseMs).toBeLessThanOrEqual(Math.max(1000 * 2 ** at, lastToldMs(agent, turn)));
    expect(Date.parse(agent.intent(turn + 1).at)).toBeGreaterThanOrEqual(retryAtMs!);
  }
  // claude tries a request three times; a turn that went well asks once.
  expect(agent.requests().length).toBeLessThanOrEqual(failed.length * 3 + (ended.length - failed.length));
  // The pauses are over with the failures: the next one would begin at a second again.
  expect(ended.at(-1)!.backoffLevel).toBe(0);
});

/** What the last api_retry of a turn's stream told, milliseconds. */
function lastToldMs({ layout }: TestAgent, turn: number): number {
  const partOf = (number: number) => {
    const { intent } = turnLayout(layout.turns, number);
    return existsSync(intent) ? (JSON.parse(readFileSync(intent, 'utf8')) as Intent).resident : undefined;
  };
  const { first, from } = partOf(turn) ?? { first: turn, from: 0 };
  const next = partOf(turn + 1);
  // The same process may have had the next turn, too.
  const until = next?.first === first ? next.from : undefined;
  const stream = readFileSync(turnLayout(layout.turns, first).stream).subarray(from, until);
  const lines = stream.toString().trim().split('\n');
  return JSON.parse(lines.findLast(line => line.includes('"api_retry"'))!).retry_delay_ms;
}

it('what the API asks claude to wait, by api_retry, the next turn waits as well', async () => {
  await using fixture = await agentFixture({ maxRetries: 1 });
  let given = 0;
  const refused = () => apiError(429, 'scripted: later', { headers: { 'retry-after': '2' } });
  const agent = await fixture.agent('asked', { script: () => (given++ < 2 ? refused() : text('well again')) });
  const id = await agent.send('work');
  await fixture.start('--once').ended;
  expect(await agent.answer(id)).toBe('well again');
  expect(agent.turns()).toEqual([1, 2]);
  expect(lastToldMs(agent, 1)).toBeGreaterThanOrEqual(2_000);
  const { at, retryAtMs } = await agent.ended(1);
  expect(retryAtMs! - Date.parse(at)).toBe(Math.ceil(lastToldMs(agent, 1)));
  expect(Date.parse(agent.intent(2).at)).toBeGreaterThanOrEqual(retryAtMs!);
});

it('a storm that ends inside of a turn is no failure of anybody', async () => {
  await using fixture = await agentFixture({ maxRetries: 2 });
  let given = 0;
  const agent = await fixture.agent('lucky', { script: () => (given++ < 2 ? apiError(529) : text('in the end')) });
  const id = await agent.send('work');
  await fixture.start('--once').ended;
  expect(await agent.answer(id)).toBe('in the end');
  expect(agent.turns()).toEqual([1]);
  expect(agent.transcriptLog()).toMatch(/↻ the API said 529/);
});

/**
 * A `claude` that says what the real one says where a subscription's limit is reached (with an API key it names no time):
 * the first time refused until `resetsAt`, then it answers. It writes its starts down.
 */
function limitedClaude(directory: string, resetsAt: number): { path: string; starts(): number[] } {
  const path = join(directory, 'limited-claude');
  const starts = join(directory, 'starts');
  const line = (value: object) => `printf '%s\\n' '${JSON.stringify(value)}'`;
  const result = { type: 'result', session_id: 's', num_turns: 1, total_cost_usd: 0.01 };
  const refused = { is_error: true, subtype: 'success', terminal_reason: 'api_error', api_error_status: 429 };
  const fine = { is_error: false, subtype: 'success', terminal_reason: 'completed', result: 'after the limit' };
  writeFileSync(
    path,
    `#!/bin/sh
case "$1" in --version) echo '2.1.329 (Claude Code)'; exit 0;; esac
cat > /dev/null
date +%s%3N >> '${starts}'
${line({ type: 'system', subtype: 'init', session_id: 's', model: 'm', tools: [] })}
if [ "$(wc -l < '${starts}')" -eq 1 ]; then
  ${line({ type: 'rate_limit_event', rate_limit_info: { status: 'rejected', resetsAt } })}
  ${line({ ...result, ...refused, result: 'usage limit reached' })}
  exit 1
fi
${line({ ...result, ...fine })}
`,
  );
  chmodSync(path, 0o755);
  return {
    path,
    starts: () => (existsSync(starts) ? readFileSync(starts, 'utf8').trim().split('\n').map(Number) : []),
  };
}

it('the reset time of a usage limit is obeyed to the second, also by a runner that is started meanwhile', async () => {
  await using fixture = await agentFixture();
  const resetsAt = Math.ceil(Date.now() / 1000) + 5;
  const claude = limitedClaude(fixture.place.root, resetsAt);
  writeFileSync(rootLayout(fixture.root).config, `claude: ${claude.path}\n`);
  // This claude reads to the end of its input before it says a word.
  const agent = await fixture.agent('patient', { front: { resident: false, approvals: 'off' } });
  const id = await agent.send('work');
  const first = fixture.start();
  expect(await agent.ended(1)).toMatchObject({ verdict: { kind: 'temporary' }, retryAtMs: resetsAt * 1000 });
  first.signal('SIGKILL');
  await first.ended;
  expect((await fixture.start('--once').ended).code).toBe(0);
  expect(await agent.answer(id)).toBe('after the limit');
  expect(agent.turns()).toEqual([1, 2]);
  const [, second] = claude.starts();
  expect(claude.starts()).toHaveLength(2);
  expect(second).toBeGreaterThanOrEqual(resetsAt * 1000);
});

it('shows what each turn read from the prompt cache and wrote there, and flags a turn that wrote it all again, once', async () => {
  await using fixture = await agentFixture();
  const usages = [
    { cache_creation_input_tokens: 20_000 },
    { cache_read_input_tokens: 20_000, cache_creation_input_tokens: 300 },
    { cache_creation_input_tokens: 20_400 },
    { cache_creation_input_tokens: 20_600 },
  ];
  const agent = await fixture.agent('cached', {
    script: ({ prompts }) => text(`answer ${prompts.length}`, { usage: { output_tokens: 5, ...usages.shift() } }),
  });
  for (const words of ['one', 'two', 'three', 'four']) {
    await agent.send(words);
    expect((await fixture.start('--once').ended).code).toBe(0);
  }
  const ended = await allEnded(agent);
  expect(ended.map(({ usage }) => [usage.cacheRead, usage.cacheWrite])).toEqual([
    [0, 20_000],
    [20_000, 300],
    [0, 20_400],
    [0, 20_600],
  ]);
  expect(ended.map(({ cacheMissed }) => cacheMissed)).toEqual([false, false, true, true]);
  const log = agent.transcriptLog();
  expect(log).toContain('cache 0 read, 20k written');
  expect(log).toContain('cache 20k read, 300 written');
  expect(timesIn(log, 'the whole conversation was written to the prompt cache again')).toBe(2);
  const notes = fixture.operatorInbox().filter(({ body }) => body.includes('prompt cache'));
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatchObject({ from: 'cached', kind: 'note' });
});

it('a turn without one byte of an answer is booked for the day by an estimate and blames no message; what one has cost is charged once', async () => {
  await using fixture = await agentFixture();
  let isStopped = false;
  const script: Script = ({ toolRounds, prompts }) => {
    const isTool = prompts.at(-1)!.includes('with a tool');
    if (isTool && !isStopped && toolRounds === 0) return tool('Bash', { command: 'echo dear' }, dear);
    return isStopped ? text('finished') : hang();
  };
  const agent = await fixture.agent('killed', { front: { budget: { perTurnUsd: 0.5, perMessageUsd: 0.4 } }, script });
  const runner = fixture.start();
  const id = await agent.send('work');
  // Its request has reached the API, which may bill what it read.
  await agent.promptOnDisk(1);
  expect(agent.requests()).toHaveLength(1);
  isStopped = true;
  process.kill(await agent.childPid(1), 'SIGKILL');
  expect(await agent.answer(id)).toBe('finished');
  const killed = await agent.ended(1);
  expect(killed).toMatchObject({ costBasis: 'estimated', blamedUsd: 0 });
  // A bare request of the dearest kind, and never more than what was left of the message's budget.
  expect(killed.costUsd).toBeGreaterThanOrEqual(0.2);
  expect(killed.costUsd).toBeLessThanOrEqual(0.4);
  const [shown] = JSON.parse((await fixture.command('list', '--json')).stdout);
  expect(shown.todayUsd).toBeGreaterThanOrEqual(killed.costUsd);
  const before = (await agent.ended(2)).session!.totalUsd;

  // SIGTERM, as SIGINT some 80 ms after a request: no result line, and claude counts on from what it had.
  isStopped = false;
  const second = await agent.send('work with a tool');
  await fixture.until('the request after the tool', () =>
    agent.requests().some(({ toolRounds, prompts }) => toolRounds > 0 && prompts.at(-1)!.includes('with a tool')),
  );
  isStopped = true;
  process.kill(await agent.childPid(3), 'SIGTERM');
  expect(await agent.answer(second)).toBe('finished');
  const [stopped, resumed] = [await agent.ended(3), await agent.ended(4)];
  expect(stopped.verdict).toMatchObject({ kind: 'interrupted' });
  expect(stopped.costUsd).toBeGreaterThan(0.1);
  expect(stopped.costUsd + resumed.costUsd).toBeCloseTo(resumed.session!.totalUsd - before, 5);
  runner.signal('SIGTERM');
  await runner.ended;
});
