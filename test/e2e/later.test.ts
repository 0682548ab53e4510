// What `send` and `at` hold, refuse and give back: messages for later, full queues, files that a turn may not send. The fake claude.
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type AgentFixture, agentFixture, cliPath } from '#test/support/agent-fixture.ts';
import { fakeClaudePath } from '#test/support/isolated-claude.ts';
import { openTurn } from '#test/support/open-turn.ts';

const fixture = () => agentFixture({ config: { claude: fakeClaudePath() } });

const cli = (f: AgentFixture, args: string[], env: Record<string, string> = {}) =>
  f.place.run({ executable: process.execPath, args: [cliPath, ...args], env });

/** The environment of an agent's turn, whose child is this process. */
const turnOf = (f: AgentFixture, peer: string) => openTurn(f.root, peer);

test('at prints the id, says what the time was taken for, and the message waits in later', async () => {
  await using f = await fixture();
  const worker = await f.agent('worker');
  const end = await cli(f, ['at', '+2h', 'worker', 'look at the logs', '--priority', 'low']);
  expect(end.code, end.stderr).toBe(0);
  const id = end.stdout.trim();
  expect(end.stderr).toMatch(/^agent-runner: held until \w{3} \w{3} \d\d \d{4} \d\d:\d\d:\d\d GMT\S+ \(in 2h\)\n$/);
  const { notBefore, at, body } = worker.message(id);
  expect(body).toBe('look at the logs');
  expect(Date.parse(notBefore!) - Date.parse(at)).toBe(7_200_000);
  expect(await worker.where(id)).toMatchObject({
    state: 'later',
    name: { atMs: Date.parse(notBefore!), priority: 'low' },
  });
  const json = JSON.parse((await cli(f, ['at', '23:59:59', 'worker', 'x', '--json'])).stdout);
  expect(json).toEqual({
    id: expect.any(String),
    to: 'worker',
    kind: 'request',
    delivery: 'delivered',
    notBefore: expect.stringMatching(/Z$/),
  });
  const shown = await cli(f, ['start', '--once']);
  expect(shown.code).toBe(1);
  expect(shown.stderr).toMatch(/skipped worker: 2 for later, the first at /);
  expect((await cli(f, ['list'])).stdout).toMatch(/^worker .* 0, 2 later /m);
  expect((await cli(f, ['status', 'worker'])).stdout).toContain('0 waiting, 2 for later, 0 in work, 0 dead');
  expect(worker.turns()).toEqual([]);
});

test('send --not-before and --expires do the same, and what cannot be is refused before anything is sent', async () => {
  await using f = await fixture();
  const worker = await f.agent('worker');
  const { stdout } = await cli(f, ['send', 'worker', 'x', '--not-before', 'tomorrow 09:00', '--expires', '+3d']);
  const { notBefore, expiresAt } = worker.message(stdout.trim());
  expect(new Date(notBefore!).getHours()).toBe(9);
  expect(Date.parse(expiresAt!)).toBeGreaterThan(Date.parse(notBefore!));
  const cases: [args: string[], says: string][] = [
    [['at', 'soon', 'worker', 'x'], 'expected the time of delivery to be a time to come, got "soon"'],
    [['at', '2020-01-01T00:00', 'worker', 'x'], '"2020-01-01T00:00" has passed'],
    [['send', 'worker', 'x', '--expires', 'never'], 'expected --expires to be a time to come, got "never"'],
    [['at', '+2h', 'worker', 'x', '--expires', '+1h'], 'it would expire before it is due'],
    [['at', '+2h', 'worker'], 'nothing to send'],
  ];
  for (const [args, says] of cases) {
    const end = await cli(f, args);
    expect(end, args.join(' ')).toMatchObject({ code: 64, stdout: '' });
    expect(end.stderr).toContain(says);
  }
  expect(worker.ids()).toHaveLength(1);
});

test('send refuses a queue that is full with 75 and the count; what was sent before is no new message', async () => {
  await using f = await fixture();
  const worker = await f.agent('worker');
  const known = (await cli(f, ['send', 'worker', 'first', '--id', 'nightly'])).stdout.trim();
  const { inbox } = worker.layout;
  for (let at = 1; at < limits.queueDepthMax - 1; at++) {
    const place = at % 2 === 0 ? inbox.new : inbox.later;
    writeFileSync(join(place, `${Date.now() + 3_600_000}-${newId(Date.now())}`), '');
  }
  expect(await cli(f, ['send', 'worker', 'the last'])).toMatchObject({ code: 0 });
  const ids = worker.ids();
  for (const args of [
    ['send', 'worker', 'one too many'],
    ['send', 'worker', '--file', cliPath],
    ['at', '+1h', 'worker', 'x'],
    ['ask', 'worker', 'x', '--timeout', '1'],
  ]) {
    const end = await cli(f, args);
    expect(end, args.join(' ')).toMatchObject({ code: 75, stdout: '' });
    expect(end.stderr).toContain('10000 messages wait for worker already, and 10000 may; nothing was sent');
  }
  expect(worker.ids()).toEqual(ids);
  expect(await cli(f, ['send', 'worker', 'first', '--id', 'nightly'])).toMatchObject({
    code: 0,
    stdout: `${known}\n`,
  });
});

test('a turn may send the files that its agent may read, and no other', async () => {
  await using f = await fixture();
  const peer = await f.agent('peer');
  const shared = join(f.place.root, 'shared');
  const secret = join(f.place.root, 'secret.txt');
  mkdirSync(shared);
  const worker = await f.agent('worker', { front: { addDirs: [shared] } });
  const attached = join(worker.layout.inbox.files, newId(Date.now()));
  mkdirSync(attached, { recursive: true });
  const allowed = [join(worker.cwd, 'a.txt'), join(shared, 'b.txt'), join(attached, 'c.txt')];
  for (const path of [...allowed, secret, `${worker.cwd}-not.txt`]) writeFileSync(path, 'text');
  symlinkSync(secret, join(worker.cwd, 'link.txt'));
  symlinkSync(f.place.root, join(worker.cwd, 'up'));

  for (const path of allowed)
    expect(await cli(f, ['send', 'peer', '--file', path], turnOf(f, 'worker')), path).toMatchObject({ code: 0 });
  const sent = peer.ids();
  expect(sent).toHaveLength(3);
  const refused = [
    secret,
    join(worker.cwd, 'link.txt'),
    join(worker.cwd, 'up', 'secret.txt'),
    join(worker.cwd, '..', '..', 'secret.txt'),
    `${worker.cwd}-not.txt`,
    join(f.root, 'config.yaml'),
    worker.layout.definition,
  ];
  for (const path of refused)
    for (const command of ['send', 'ask']) {
      const end = await cli(f, [command, 'peer', '--file', path], turnOf(f, 'worker'));
      expect(end, `${command} ${path}`).toMatchObject({ code: 77, stdout: '' });
      expect(end.stderr).toContain('in its turn agent worker may send files of its cwd, its addDirs and its inbox');
    }
  // The environment alone proves nobody; a person sends anything.
  const nobody = await cli(f, ['send', 'peer', '--file', secret], { AGENT_RUNNER_TURN: '7' });
  expect(nobody.code).toBe(77);
  expect(peer.ids()).toEqual(sent);
  expect(await cli(f, ['send', 'peer', '--file', secret])).toMatchObject({ code: 0 });
});

test('what is for the operator later comes when it is due: heard by the notifier where a runner is, else found by inbox', async () => {
  // Programs run in the root.
  await using f = await agentFixture({
    config: { claude: fakeClaudePath(), onOperatorMessage: ['sh', '-c', 'cat >> heard'] },
  });
  const heard = join(f.root, 'heard');
  const runner = f.start();
  await runner.says(/watching/);
  expect(await cli(f, ['at', '+1s', 'operator', 'call the plumber'])).toMatchObject({ code: 0 });
  await f.until('the notifier', () => existsSync(heard) && readFileSync(heard, 'utf8').includes('call the plumber'));
  runner.signal('SIGTERM');
  await runner.ended;
  expect(await cli(f, ['at', '+1s', 'operator', 'and the baker'])).toMatchObject({ code: 0 });
  await f.until('inbox to show it', async () => (await cli(f, ['inbox'])).stdout.includes('and the baker'));
});
