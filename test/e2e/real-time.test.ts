// Messages for later and messages that expire, with the real claude.
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newId } from '#blackboard/system/ids.ts';
import { text } from '#runner/demo/model-server/reply.ts';
import { agentFixture, gate } from '#test/support/agent-fixture.ts';

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

it('a message for later is held, is not opened on a look, and is worked on when its time has come', async () => {
  await using fixture = await agentFixture();
  const agent = await fixture.agent('patient', { script: () => text('done in time') });
  const { inbox } = agent.layout;
  // Anyone who opened this one to read it would wait for ever.
  execFileSync('mkfifo', [join(inbox.later, `${Date.now() + 3_600_000}-${newId(Date.now())}`)]);
  const notBefore = inMs(4_000);
  const dropped = `---\nnotBefore: ${notBefore}\n---\nsweep the yard`;
  const runner = fixture.start();
  await runner.says(/watching/);
  agent.drop('later.md', dropped);
  const id = await agent.taken('later.md');
  const placed = await fixture.until('its place', () => agent.where(id));
  expect(placed).toMatchObject({ state: 'later', name: { atMs: Date.parse(notBefore) } });
  // A look at another message meanwhile leaves it where it is.
  expect(await agent.answer(await agent.send('sweep the hall'))).toBe('done in time');
  expect(await agent.answer(id)).toBe('done in time');
  expect(agent.intent(2).messages.map(message => message.id)).toEqual([id]);
  expect(Date.parse(agent.intent(2).at)).toBeGreaterThanOrEqual(Date.parse(notBefore));
  expect(agent.requests().at(-1)!.prompt).toContain('sweep the yard');
  expect(readdirSync(inbox.later)).toHaveLength(1);
  // An idle agent: nothing happens in its inbox but that this one comes to lie in later.
  const end = await fixture.command('at', '+1s', 'patient', 'sweep the stairs');
  expect(await agent.answer(end.stdout.trim())).toBe('done in time');
});

it('`at` holds a message until its time, over a restart of the runner', async () => {
  await using fixture = await agentFixture();
  const agent = await fixture.agent('worker', { script: () => text('at your service') });
  const first = fixture.start();
  await first.says(/watching/);
  const end = await fixture.command('at', '+4s', 'worker', 'ring the bell');
  expect(end.code, end.stderr).toBe(0);
  const id = end.stdout.trim();
  first.signal('SIGKILL');
  await first.ended;
  const early = await fixture.start('--once').ended;
  expect(early).toMatchObject({ code: 1, stderr: expect.stringMatching(/skipped worker: 1 for later, the first at /) });
  fixture.start();
  expect(await agent.answer(id)).toBe('at your service');
  expect(Date.parse(agent.intent(1).at)).toBeGreaterThanOrEqual(Date.parse(agent.message(id).notBefore!));
  expect(agent.requests()).toHaveLength(1);
});

it('a message that expires before its turn is dead without a turn of claude, and its sender is told once', async () => {
  await using fixture = await agentFixture();
  const boss = await fixture.agent('boss', { front: { enabled: false } });
  const held = gate();
  const agent = await fixture.agent('busy', {
    script: async ({ prompts }) => {
      if (prompts.at(-1)!.includes('long work')) await held.opened;
      return text('done');
    },
  });
  const runner = fixture.start();
  const working = await agent.send('long work');
  await agent.promptOnDisk(1);
  const expiresAt = inMs(1_500);
  const late = await agent.send('only now', { from: 'boss', hops: 1, expiresAt });
  const fresh = await agent.send('whenever', { expiresAt: inMs(3_600_000) });
  await fixture.until('that instant to pass', () => Date.now() > Date.parse(expiresAt));
  held.open();
  expect(await agent.outcome(late)).toMatchObject({ outcome: 'dead', reason: expect.stringMatching(/expired/) });
  expect(await agent.answer(fresh)).toBe('done');
  expect(await agent.answer(working)).toBe('done');
  expect(agent.requests().filter(({ prompts }) => prompts.join().includes('only now'))).toEqual([]);
  expect(boss.ids().map(id => boss.message(id))).toMatchObject([{ kind: 'note', from: 'busy', inReplyTo: [late] }]);
  expect(fixture.operatorInbox().filter(({ kind }) => kind === 'note')).toHaveLength(1);
  // A burial is no turn of work: it costs nothing of the hour and changes nothing of the session.
  const burial = agent.turns().find(turn => agent.intent(turn).kind === 'burial')!;
  expect(await agent.ended(burial)).toMatchObject({ costUsd: 0, verdict: { kind: 'expired' } });
  expect(new Set(agent.turns().flatMap(turn => agent.intent(turn).sessionId || [])).size).toBe(1);
  runner.signal('SIGTERM');
  await runner.ended;
});

it('low priority comes last and yet comes, high comes first', async () => {
  await using fixture = await agentFixture();
  const agent = await fixture.agent('fair', { front: { enabled: false, batch: 'one' }, script: () => text('done') });
  const low = await agent.send('low', { priority: 'low' });
  const normal = await agent.send('normal');
  const high: string[] = [];
  for (let count = 0; count < 6; count++) high.push(await agent.send(`high ${count}`, { priority: 'high' }));
  agent.define({ front: { batch: 'one' } });
  const end = await fixture.start('--once').ended;
  expect(end.code, end.stderr).toBe(0);
  const order = agent.turns().map(turn => agent.intent(turn).messages[0]!.id);
  // Each fifth turn takes the oldest.
  expect(order).toEqual([...high.slice(0, 4), low, ...high.slice(4), normal]);
});

it('a file that a person writes into later by hand waits for its instant, too', async () => {
  await using fixture = await agentFixture();
  const agent = await fixture.agent('handy', { script: () => text('done') });
  const id = await agent.send('by hand', { notBefore: inMs(3_600_000) });
  const place = await agent.where(id);
  expect(place?.state).toBe('later');
  writeFileSync(join(agent.layout.inbox.later, 'notes.txt'), 'no message');
  const end = await fixture.start('--once').ended;
  expect(end).toMatchObject({ code: 1, stderr: expect.stringMatching(/1 for later/) });
  expect(agent.turns()).toEqual([]);
});
