// The machine's clock jumps a day under a running agent-runner (libfaketime; the uptime goes on), and back: no money is granted and
// nothing is stuck. The fake claude; test/property/clock.test.ts has the many cases.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rootLayout } from '#blackboard/layout.ts';
import { text } from '#runner/demo/model-server/reply.ts';
import { type AgentFixture, agentFixture, cliPath } from '#test/support/agent-fixture.ts';
import { fakeClaudePath } from '#test/support/isolated-claude.ts';
import { apiError } from '#test/support/model/failures.ts';

const library = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib']
  .map(directory => join(directory, 'faketime', 'libfaketimeMT.so.1'))
  .find(path => existsSync(path));

/** A runner, and every process that it starts, whose clock goes as `jump` says: `+1d`, `-1d`, `+0`. */
function clockedRunner(fixture: AgentFixture) {
  const file = join(fixture.place.root, 'clock');
  const jump = (by: string) => writeFileSync(file, `${by}\n`);
  jump('+0');
  const env = {
    ...fixture.place.env,
    LD_PRELOAD: library!,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  const start = (...args: string[]) => {
    const running = fixture.place.start({ executable: process.execPath, args: [cliPath, 'start', ...args], env });
    let said = '';
    running.child.stderr.on('data', (piece: string) => {
      said += piece;
    });
    return {
      ...running,
      says: (wanted: RegExp) => fixture.until(`the runner to say ${wanted}`, () => wanted.exec(said)),
    };
  };
  return { jump, start };
}

const costDays = (fixture: AgentFixture) => readdirSync(rootLayout(fixture.root).costs);

describe.skipIf(library === undefined)(`the clock jumps${library ? '' : ' (there is no libfaketime)'}`, () => {
  it.each(['+1d', '-1d'])(
    '%s: a day whose money is spent stays spent, also for a runner that is started then',
    async by => {
      await using fixture = await agentFixture({ config: { claude: fakeClaudePath() } });
      const dear = () => text('a dear answer', { usage: { output_tokens: 10_000 } });
      const spender = await fixture.agent('spender', { script: dear, front: { budget: { perDayUsd: 0.01 } } });
      const other = await fixture.agent('other', { script: () => text('still there') });
      const { jump, start } = clockedRunner(fixture);
      const runner = start();
      await runner.says(/watching/);
      await spender.answer(await spender.send('one')).catch(() => {});
      const held = await spender.send('two');
      await fixture.until('the park', () => existsSync(spender.layout.parked));
      const turns = spender.turns();

      jump(by);
      // Another agent's work proves that the runner has looked since.
      expect(await other.answer(await other.send('are you there?'))).toBe('still there');
      await spender.send('three');
      expect(await other.answer(await other.send('and now?'))).toBe('still there');
      expect(spender.turns()).toEqual(turns);
      process.kill(runner.pid, 'SIGKILL');
      await runner.ended;
      const again = start('--once');
      const end = await again.ended;
      expect(end.code).toBe(1);
      expect(end.stderr).toMatch(/skipped spender: parked: budget\.perDayUsd/);
      jump('+0');
      expect((await start('--once').ended).stderr).toMatch(/skipped spender: parked: budget\.perDayUsd/);
      expect(spender.turns()).toEqual(turns);
      expect((await spender.where(held))?.state).toBe('new');
      expect(costDays(fixture)).toHaveLength(1);
    },
  );

  it('control: a runner that begins in another day, on a root without a clock, does go by it', async () => {
    await using fixture = await agentFixture({ config: { claude: fakeClaudePath() } });
    const agent = await fixture.agent('early', { script: () => text('good morning') });
    const { jump, start } = clockedRunner(fixture);
    jump('+1d');
    const id = await agent.send('one');
    expect((await start('--once').ended).code).toBe(0);
    expect(await agent.answer(id)).toBe('good morning');
    expect(Date.parse(agent.intent(1).at) - Date.now()).toBeGreaterThan(23 * 3_600_000);
  });

  it.each(['+1d', '-1d'])('%s: a back-off ends and a message for later comes, when they would have', async by => {
    await using fixture = await agentFixture({ config: { claude: fakeClaudePath() } });
    let given = 0;
    const agent = await fixture.agent('waiting', {
      script: () => (given++ < 2 ? apiError(500) : text('well again')),
    });
    const { jump, start } = clockedRunner(fixture);
    const runner = start();
    await runner.says(/watching/);
    const later = await agent.send('later', { notBefore: new Date(Date.now() + 5_000).toISOString() });
    const id = await agent.send('now');
    const { retryAtMs } = await agent.ended(1);
    jump(by);
    expect(await agent.answer(id)).toBe('well again');
    expect(Date.parse(agent.intent(2).at)).toBeGreaterThanOrEqual(retryAtMs!);
    expect(await agent.answer(later)).toBe('well again');
    const last = agent.turns().at(-1)!;
    expect(Date.parse(agent.intent(last).at)).toBeGreaterThanOrEqual(Date.parse(agent.message(later).notBefore!));
    // A day on either side would show here: the runner's instants are those of the clock before it jumped.
    expect(Math.abs(Date.parse(agent.intent(last).at) - Date.now())).toBeLessThan(12 * 3_600_000);
    expect(costDays(fixture)).toHaveLength(1);
  });
});
