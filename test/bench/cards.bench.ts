/**
 * From a person's answer to the allowed call, with the real claude: the card's end is linked, the tool runs. Prints the
 * time, and fails for none.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { endCard, openCards } from '#blackboard/cards/cards.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { text, tool } from '#runner/demo/model-server/reply.ts';
import { agentFixture } from '#test/support/agent-fixture.ts';
import { until } from '#test/support/until.ts';
import { percentile, report } from './fleet.ts';

const SAMPLES = Number(process.env.AGENT_RUNNER_BENCH_SAMPLES ?? 30);

test('a card is answered → the tool runs', { timeout: 600_000 }, async () => {
  await using fixture = await agentFixture();
  const files = createRunnerFiles();
  const agent = await fixture.agent('asker', {
    front: { resident: true, maxTurnsPerHour: 100_000, budget: { perDayUsd: 1_000 } },
    // `touch` asks: the call that may run unasked would measure nothing.
    script: ({ toolRounds }) =>
      toolRounds === 0 ? tool('Bash', { command: 'touch a; date +%s%N > ran' }) : text('done'),
  });
  await fixture.start().says(/watching/);
  const found: number[] = [];
  for (let round = 0; round < SAMPLES; round++) {
    const id = await agent.send(`round ${round}`);
    const card = await until('a card', async () => (await openCards(files, fixture.root, Date.now()))[0]);
    const answeredMs = performance.timeOrigin + performance.now();
    await endCard(files, fixture.root, card.id, {
      ...{ kind: 'allowed', at: new Date().toISOString(), by: 'operator', always: false },
    });
    await agent.answer(id);
    found.push(Number(readFileSync(join(agent.cwd, 'ran'), 'utf8')) / 1e6 - answeredMs);
  }
  const at = (part: number) => percentile(found, part).toFixed(1);
  report('card answered → the tool runs', `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms (n ${SAMPLES}; target p50 50 ms)`);
});
