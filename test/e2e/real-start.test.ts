// A claude that ends before it asks the model, as a user meets it: what is said, what waits, and how it goes on by itself.
import { chmodSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { turnLayout } from '#blackboard/layout.ts';
import { agentFixture } from '#test/support/agent-fixture.ts';
import { realClaudePath } from '#test/support/isolated-claude.ts';

/** An executable that stands there whole from one moment to the next, as an update leaves it. */
function install(path: string, script: string): void {
  writeFileSync(`${path}.new`, `#!/bin/sh\n${script}\n`);
  chmodSync(`${path}.new`, 0o755);
  renameSync(`${path}.new`, path);
}

it('a claude that ends at once holds its agent with its own words; the mail waits, and an update goes on by itself', async () => {
  await using fixture = await agentFixture();
  const claude = join(fixture.place.root, 'claude');
  install(claude, 'echo "claude native binary not installed" >&2; exit 1');
  writeFileSync(join(fixture.root, 'config.yaml'), `claude: ${claude}\n`);
  const agent = await fixture.agent('waiting', { front: { maxAttempts: 1 } });
  const runner = fixture.start();
  const ids = [await agent.send('@@SAY one@@'), await agent.send('@@SAY two@@')];

  // The first line that the runner says of it, in the foreground: the words of claude and what happens next.
  await runner.says(/waiting: parked: .*exit code 1.*native binary not installed.*2 times in a row.*tried again at/);
  expect(agent.turns()).toEqual([1, 2]);
  for (const id of ids) expect((await agent.where(id))?.name).toMatchObject({ failures: 0, interruptions: 0 });
  for (const command of [['list'], ['status', 'waiting'], ['trace', ids[0]!], ['doctor']] as const) {
    const { stdout } = await fixture.command(...command);
    expect([command[0], stdout]).toEqual([command[0], expect.stringMatching(/claude ended before it/)]);
  }
  const notes = () => fixture.operatorInbox().filter(({ from }) => from === 'waiting');
  expect(notes().map(({ body }) => body)).toEqual([expect.stringContaining('native binary not installed')]);

  // A restart of the runner changes nothing; agent.md, as the person changes it, is tried at once.
  runner.signal('SIGTERM');
  await runner.ended;
  const next = fixture.start();
  await next.says(/waiting: parked/);
  expect(agent.turns()).toEqual([1, 2]);
  agent.define({ instructions: 'Is it this?' });
  await fixture.until('a try', () => agent.turns().length > 2);
  await fixture.until('the park after it', () => existsSync(agent.layout.parked));

  install(claude, `exec ${realClaudePath()} "$@"`);
  expect(await agent.answer(ids[0]!)).toBe('one');
  expect(await agent.answer(ids[1]!)).toBe('two');
  const tries = agent.turns().filter(turn => !existsSync(turnLayout(agent.layout.turns, turn).answer));
  expect(tries.length).toBeLessThanOrEqual(6);
  expect(notes()).toHaveLength(3);
  expect(notes().filter(({ kind }) => kind === 'note')).toHaveLength(1);
});

it('start --once says why the mail waits, and does not try for ever', async () => {
  await using fixture = await agentFixture();
  const claude = join(fixture.place.root, 'claude');
  install(claude, 'kill -ILL $$');
  writeFileSync(join(fixture.root, 'config.yaml'), `claude: ${claude}\n`);
  const agent = await fixture.agent('once');
  const id = await agent.send('work');
  const end = await fixture.start('--once').ended;
  expect(end.code).not.toBe(0);
  expect(end.stderr).toMatch(/once: parked: claude ended before it asked the model \(by SIGILL\)/);
  expect((await agent.where(id))?.state).toBe('new');
  expect(agent.turns()).toEqual([1, 2]);
});
