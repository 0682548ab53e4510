// What people see of a turn while it runs and after a crash, with the real claude: trace from files alone, tail -f of the transcript.
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { limits } from '#blackboard/system/limits.ts';
import { text, tool } from '#runner/demo/model-server/reply.ts';
import type { Step } from '#runner/results/messages.ts';
import { agentFixture, killQuietly, timesIn } from '#test/support/agent-fixture.ts';
import { hang } from '#test/support/model/failures.ts';

it('trace tells every step with its time, pid, session, reason, cost and denials, over kills of everything', async () => {
  await using fixture = await agentFixture();
  const path = join(fixture.place.root, 'elsewhere.txt');
  let asked = 0;
  const agent = await fixture.agent('worker', {
    front: { approvals: 'off' },
    script: () => [hang(), tool('Write', { file_path: path, content: 'x' }), text('it was denied')][asked++]!,
  });
  const trace = async () => JSON.parse((await fixture.command('trace', id, '--json')).stdout);
  const id = await agent.send('write it down');
  expect(await trace()).toMatchObject({ state: 'queued', steps: [{ step: 'queued' }] });

  const runner = fixture.start();
  await agent.promptOnDisk(1);
  const pid = await agent.childPid(1);
  runner.signal('SIGKILL');
  await runner.ended;
  const started = { step: 'started', turn: 1, pid, session: agent.intent(1).sessionId };
  const begun = [{ step: 'queued' }, { step: 'claimed', turn: 1, mode: 'body' }, started];
  expect(await trace()).toMatchObject({ state: 'started', place: { state: 'cur' }, steps: begun });
  killQuietly(pid);
  // Nobody has decided anything yet: what is known is the same.
  expect(await trace()).toMatchObject({ state: 'started', steps: begun });

  expect((await fixture.start('--once').ended).code).toBe(0);
  const { state, steps } = await trace();
  expect(state).toBe('replied');
  expect(steps).toMatchObject([
    ...begun,
    { step: 'ended', turn: 1, verdict: 'interrupted', reason: expect.stringContaining('killed'), denials: [] },
    { step: 'released', turn: 1 },
    { step: 'claimed', turn: 2, mode: 'interrupted' },
    { step: 'started', turn: 2, pid: expect.any(Number), session: agent.intent(1).sessionId },
    { step: 'seen', turn: 2, proof: 'the model answered it' },
    { step: 'ended', turn: 2, verdict: 'answered', reason: null, denials: [{ tool: 'Write' }] },
    { step: 'replied', turn: 2, reply: expect.any(String) },
  ]);
  expect(steps.find(({ step, turn }: Step & { turn: number }) => step === 'ended' && turn === 2).costUsd).toBeCloseTo(
    (await agent.ended(2)).costUsd,
    9,
  );
  const times = steps.map(({ at }: Step) => Date.parse(at));
  expect(times).toEqual([...times].sort((a, b) => a - b));
  const shown = (await fixture.command('trace', id)).stdout;
  expect(shown).toMatch(/ended turn 2: answered · \$0\.\d+\n +denied: Write .*elsewhere\.txt/);
  expect(existsSync(path)).toBe(false);
});

it('a denied tool is told to anyone who asked, and to the operator, once', async () => {
  await using fixture = await agentFixture();
  const path = join(fixture.place.root, 'elsewhere.txt');
  await fixture.agent('asker');
  await fixture.agent('worker', {
    front: { approvals: 'off' },
    script: ({ toolRounds }) =>
      toolRounds === 0 ? tool('Write', { file_path: path, content: 'x' }) : text('it was denied'),
  });
  fixture.start();
  const denials = [{ tool: 'Write', input: expect.stringContaining('elsewhere.txt') }];
  const asked = await fixture.command('ask', 'worker', 'write it down', '--from', 'asker', '--json');
  expect(JSON.parse(asked.stdout)).toMatchObject({ outcome: 'replied', denials });
  const line = /^agent-runner: 1 tool call was denied: Write .*elsewhere\.txt/m;
  expect(asked.stderr).toMatch(line);
  const inbox = async () => JSON.parse((await fixture.command('inbox', '--json')).stdout);
  expect(await inbox()).toMatchObject([{ kind: 'note', from: 'worker', denials }]);
  // The operator who asks is told by the reply, and not a second time.
  const own = await fixture.command('ask', 'worker', 'write it down');
  expect(own).toMatchObject({ code: 0, stdout: 'it was denied\n', stderr: expect.stringMatching(line) });
  const [note] = await inbox();
  expect(await inbox()).toHaveLength(1);
  expect(JSON.parse((await fixture.command('read', note.id, '--json')).stdout)).toMatchObject({ denials });
  expect((await fixture.command('read', note.id)).stdout).toMatch(/\n\n1 tool call was denied: Write /);
  expect((await fixture.command('inbox')).stdout).toMatch(
    /note to [0-9a-f]{8} "write it down"\n.*\n {4}1 tool call was denied/,
  );
});

it('tail -f shows each line as it happens, and goes on when the transcript is copied aside and truncated', async () => {
  await using fixture = await agentFixture();
  const agent = await fixture.agent('worker', {
    front: { allowedTools: ['Bash'] },
    script: ({ toolRounds, prompt }) =>
      toolRounds === 0 && prompt.includes('first')
        ? tool('Bash', { command: 'echo from the tool' })
        : prompt.includes('first')
          ? hang()
          : text('the second answer'),
  });
  writeFileSync(agent.layout.transcript, `${'x'.repeat(limits.transcriptBytesMax - 100)}\n`, { mode: 0o600 });
  const { ino } = statSync(agent.layout.transcript);
  const tail = fixture.place.start({ executable: 'tail', args: ['-n', '0', '-f', agent.layout.transcript] });
  let seen = '';
  tail.child.stdout.on('data', (piece: string) => {
    seen += piece;
  });
  const first = await agent.send('first');
  fixture.start();
  // The turn still runs.
  await fixture.until('the tool in tail -f', () => /⚙ Bash .*echo from the tool/.test(seen));
  expect(seen).toContain('── turn 1');
  expect(seen).toMatch(/▶ operator request .*\n {4}first/);
  expect((await fixture.command('cancel', first)).code).toBe(0);
  await agent.answer(await agent.send('second'));
  await fixture.until('the second answer in tail -f', () => /the second answer\n✔ answered · \$\d/.test(seen));
  expect(statSync(agent.layout.transcript)).toMatchObject({ ino });
  expect(statSync(agent.layout.transcript).size).toBeLessThan(limits.transcriptBytesMax / 2);
  expect(existsSync(`${agent.layout.transcript}.1`)).toBe(true);
  expect(timesIn(seen, '── turn 2')).toBe(1);
  tail.child.kill('SIGKILL');
  await tail.ended;
});
