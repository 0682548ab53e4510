// What people and agents do with messages, by the commands they have for it: real processes, the fake claude, the model server.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { agentLayout, inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { text } from '#runner/demo/model-server/reply.ts';
import type { Step } from '#runner/results/messages.ts';
import { type AgentFixture, agentFixture, sessionRecords, timesIn } from '#test/support/agent-fixture.ts';
import { fakeClaudePath } from '#test/support/isolated-claude.ts';
import { apiError } from '#test/support/model/failures.ts';
import { openTurn } from '#test/support/open-turn.ts';
import { person } from '#test/support/person.ts';

const cliPath = process.env.AGENT_RUNNER_TEST_CLI ?? fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const fixture = () => agentFixture({ config: { claude: fakeClaudePath() } });

/** `agent-runner …` to its end, with more environment and something on stdin. */
const cli = (
  f: AgentFixture,
  args: string[],
  { env = {}, stdin = '' }: { env?: Record<string, string>; stdin?: string } = {},
) => f.place.run({ executable: process.execPath, args: [cliPath, ...args], env, prompt: stdin });

/** The same, running. */
const begin = (f: AgentFixture, args: string[], env: Record<string, string> = {}) =>
  f.place.start({ executable: process.execPath, args: [cliPath, ...args], env });

/** The environment of an agent's turn, whose child is this process. */
const turnOf = (f: AgentFixture, peer: string, hops = 0) => openTurn(f.root, peer, { hops });

/** Runs `send` and gives the id it printed. */
async function send(f: AgentFixture, ...args: string[]): Promise<string> {
  const end = await cli(f, ['send', ...args]);
  expect(end, end.stderr).toMatchObject({ code: 0, stderr: '' });
  const id = end.stdout.trim();
  expect(end.stdout).toBe(`${id}\n`);
  expect(id).toMatch(uuid);
  return id;
}

const operatorInbox = (f: AgentFixture) => inboxLayout(rootLayout(f.root).operator);
const traceOf = async (f: AgentFixture, id: string) => JSON.parse((await f.command('trace', id, '--json')).stdout);
const stepNames = (steps: Step[]) => steps.map(({ step }) => step);
/** Waits until the peer's waiter is registered. */
const waits = (f: AgentFixture, peer: string) =>
  f.until(`${peer} to wait`, () => readdirSync(agentLayout(f.root, peer).inbox.waiters).some(name => uuid.test(name)));
/** Waits until the model is asked with these words. */
const asked = (f: AgentFixture, words: string) => f.server.seen(({ prompt }) => prompt.includes(words));

test('send prints the id and nothing else, and the message stands whole in new', async () => {
  await using f = await fixture();
  const reviewer = await f.agent('reviewer');
  const id = await send(
    f,
    'reviewer',
    'look at a.ts',
    '--subject',
    'A "subject"',
    '--thread',
    't',
    '--priority',
    'high',
  );
  expect(reviewer.message(id)).toMatchObject({
    id,
    from: 'operator',
    kind: 'request',
    subject: 'A "subject"',
    thread: 't',
    priority: 'high',
    trace: id,
    hops: 0,
    body: 'look at a.ts',
  });
  expect(await reviewer.where(id)).toMatchObject({ state: 'new', name: { priority: 'high' } });
  const asJson = await f.command('send', 'reviewer', 'x', '--kind', 'note', '--json');
  expect(JSON.parse(asJson.stdout)).toEqual({
    id: expect.stringMatching(uuid),
    to: 'reviewer',
    kind: 'note',
    delivery: 'delivered',
  });
});

test('send reads stdin to its end, for "-" and without a text, but not beside a text', async () => {
  await using f = await fixture();
  const reviewer = await f.agent('reviewer');
  for (const args of [
    ['send', 'reviewer', '-'],
    ['send', 'reviewer'],
  ]) {
    const { stdout } = await cli(f, args, { stdin: 'two\nlines\n' });
    expect(reviewer.message(stdout.trim()).body).toBe('two\nlines\n');
  }
  const { stdout } = await cli(f, ['send', 'reviewer', 'text'], { stdin: 'piped' });
  expect(reviewer.message(stdout.trim()).body).toBe('text');
});

test('what cannot be sent ends in one sentence, and nothing is sent', async () => {
  await using f = await fixture();
  const reviewer = await f.agent('reviewer');
  const cases: [args: string[], code: number, says: string][] = [
    [['reviewr', 'x'], 66, 'Did you mean "reviewer"?'],
    [['reviewer'], 64, 'nothing to send'],
    [['reviewer', ' \n'], 64, 'nothing to send'],
    [['reviewer', 'x', '--kind', 'answer'], 64, 'expected --kind to be one of request, question, status, done, note'],
    [['reviewer', 'x', '--priority', 'urgent'], 64, 'high, normal, low'],
    [['reviewer', 'x', '--id', 'a b'], 64, '--id'],
    [['reviewer', 'x', '--from', 'nobody'], 66, 'there is no agent "nobody"'],
    [['reviewer', '--file', 'nowhere.txt', 'text'], 66, 'put it before --file'],
    [['reviewer', '--file', '/'], 64, 'expected a regular file'],
    [['self', 'x'], 64, 'this is neither'],
    [['reviewer', 'x', '--kind', 'note', '--wait', '1'], 64, 'gets no reply'],
    [['reviewer', 'x', '--wait', 'long'], 64, 'expected --wait to be a number of seconds'],
  ];
  for (const [args, code, says] of cases) {
    const end = await f.command('send', ...args);
    expect(end, args.join(' ')).toMatchObject({ code, stdout: '' });
    expect(end.stderr).toContain(says);
  }
  expect(reviewer.ids()).toEqual([]);
});

test('the same --id is one message, however often it is sent', async () => {
  await using f = await fixture();
  const reviewer = await f.agent('reviewer');
  await f.agent('tester');
  const id = await send(f, 'reviewer', 'first', '--id', 'nightly.2026-11-21');
  const other = await f.command('send', 'reviewer', 'second', '--id', 'nightly.2026-11-21');
  expect(other).toMatchObject({ code: 65, stdout: '' });
  expect(other.stderr).toContain('another text');
  const again = await f.command('send', 'reviewer', 'first', '--id', 'nightly.2026-11-21');
  expect(again).toMatchObject({ code: 0, stdout: `${id}\n` });
  expect(again.stderr).toContain('already sent');
  expect(reviewer.ids()).toEqual([id]);
  expect(reviewer.message(id).body).toBe('first');
  expect(await send(f, 'tester', 'first', '--id', 'nightly.2026-11-21')).not.toBe(id);
});

test('files, long text and what is no text are copied beside the message, and the agent is told where', async () => {
  await using f = await fixture();
  const reviewer = await f.agent('reviewer');
  const bytes = Buffer.from([0, 1, 2, 255, 254]);
  const here = (name: string) => join(f.place.cwd, name);
  mkdirSync(here('sub'));
  writeFileSync(here('picture.png'), bytes);
  writeFileSync(here('notes.txt'), 'one');
  writeFileSync(here('sub/notes.txt'), 'another');
  const id = await send(f, 'reviewer', 'see files', '--file', 'picture.png', 'notes.txt', 'sub/notes.txt');
  writeFileSync(here('notes.txt'), 'changed');
  const kept = (of: string, name: string) => readFileSync(join(reviewer.layout.inbox.files, of, name));
  expect(reviewer.message(id).attachments).toEqual([
    { name: 'picture.png', sizeBytes: 5 },
    { name: 'notes.txt', sizeBytes: 3 },
    { name: 'notes-2.txt', sizeBytes: 7 },
  ]);
  expect(kept(id, 'picture.png')).toEqual(bytes);
  expect(String(kept(id, 'notes.txt'))).toBe('one');
  expect(String(kept(id, 'notes-2.txt'))).toBe('another');

  const long = `${'a'.repeat(70_000)}é`;
  const { stdout } = await cli(f, ['send', 'reviewer', '-'], { stdin: long });
  expect(reviewer.message(stdout.trim())).toMatchObject({
    body: '',
    attachments: [{ name: 'message.txt', sizeBytes: 70_002 }],
  });
  expect(String(kept(stdout.trim(), 'message.txt'))).toBe(long);
  const odd = await cli(f, ['send', 'reviewer', '-'], { stdin: 'a\0b' });
  expect(reviewer.message(odd.stdout.trim()).attachments).toEqual([{ name: 'message.bin', sizeBytes: 3 }]);
  expect(readdirSync(reviewer.layout.inbox.tmp)).toEqual([]);

  expect(await f.start('--once').ended).toMatchObject({ code: 0 });
  const said = reviewer
    .requests()
    .map(({ prompt }) => prompt)
    .join('\n');
  expect(said).toContain(`attachment: ${join(reviewer.layout.inbox.files, id, 'picture.png')}`);
});

test('a message from a turn carries its trace on, and one hop too many is refused', async () => {
  await using f = await fixture();
  const [a, b] = [await f.agent('a'), await f.agent('b')];
  const sent = await cli(f, ['send', 'b', 'x'], { env: turnOf(f, 'a', 3) });
  expect(b.message(sent.stdout.trim())).toMatchObject({ from: 'a', turn: 7, trace: 'the-trace', hops: 4 });
  const self = await cli(f, ['send', 'self', 'x'], { env: turnOf(f, 'a') });
  expect(a.message(self.stdout.trim())).toMatchObject({ from: 'a', hops: 1 });
  for (const from of ['b', 'operator']) {
    const other = await cli(f, ['send', 'a', 'x', '--from', from], { env: turnOf(f, 'a', 7) });
    expect(other, from).toMatchObject({ code: 77, stdout: '', stderr: expect.stringContaining('Leave --from away') });
  }
  const refused = await cli(f, ['send', 'b', 'x'], { env: turnOf(f, 'a', 8) });
  expect(refused).toMatchObject({ code: 77, stdout: '' });
  expect(refused.stderr).toContain('hop 9');
  expect(b.ids()).toHaveLength(1);
  const elsewhere = await cli(f, ['send', 'b', 'x'], {
    env: { ...turnOf(f, 'a', 8), AGENT_RUNNER_HOME: f.place.cwd },
    stdin: '',
  });
  expect(elsewhere.code).toBe(66);
  const ofAnother = { ...turnOf(f, 'a'), AGENT_RUNNER_TURN_DIR: join(f.place.cwd, 'agents', 'a', 'turns', '000007') };
  const there = await cli(f, ['--root', f.root, 'send', 'b', 'x'], { env: ofAnother });
  expect(there, 'an agent of another root').toMatchObject({ code: 77, stdout: '' });
  expect(b.ids()).toHaveLength(1);
});

test('who set itself apart from its turn or session is nobody here, and not the operator', async () => {
  await using f = await fixture();
  const [a, b] = [await f.agent('a'), await f.agent('b')];
  const env = turnOf(f, 'a');
  // The shell goes first, and what it has set apart is below the turn's child no more.
  const said = join(f.place.root, 'said');
  const send = `while kill -0 "$0" 2> /dev/null; do sleep 0.02; done; "$1" "$2" send b x; echo $? > '${said}'`;
  const args = ['-c', `(setsid sh -c "$1" $$ "$2" "$3" > /dev/null 2>&1 &)`, 'sh', send, process.execPath, cliPath];
  await f.place.run({ executable: 'sh', args, env });
  const code = await f.until('the command to end', () => existsSync(said) && readFileSync(said, 'utf8'));
  expect(code).toBe('77\n');
  expect([...a.ids(), ...b.ids()]).toEqual([]);
  // The control: the same environment below the turn's child.
  expect(await cli(f, ['send', 'b', 'x'], { env: turnOf(f, 'a') })).toMatchObject({ code: 0 });
  // And of every command that acts in a name.
  for (const command of [
    ['post', 'x'],
    ['reply', b.ids()[0]!, 'x'],
    ['cancel', 'b'],
    ['ask', 'b', 'x'],
    ['inbox', 'self'],
  ])
    expect(await cli(f, command, { env: { CLAUDECODE: '1' } }), command[0]).toMatchObject({ code: 77, stdout: '' });
});

test('ask prints the reply of a running agent, takes it, and leaves no waiter behind', async () => {
  await using f = await fixture();
  const reviewer = await f.agent('reviewer');
  f.start();
  const end = await f.command('ask', 'reviewer', 'well? @@SAY all is well@@');
  expect(end).toMatchObject({ code: 0, stdout: 'all is well\n' });
  const [id] = reviewer.ids();
  expect(reviewer.message(id!).kind).toBe('question');
  expect(readdirSync(operatorInbox(f).waiters)).toEqual([]);
  expect(f.operatorInbox()).toEqual([]);
  const outcome = await reviewer.outcome(id!);
  expect((await traceOf(f, outcome.reply!)).place.state).toBe('done');

  const json = await f.command('ask', 'reviewer', '@@SAY again@@', '--json');
  expect(JSON.parse(json.stdout)).toEqual({
    id: expect.stringMatching(uuid),
    reply: { id: expect.stringMatching(uuid), from: 'reviewer', body: 'again', turn: 2 },
    outcome: 'replied',
    denials: [],
  });
  const keyed = ['send', 'reviewer', '@@SAY once@@', '--id', 'k', '--wait', '30'];
  expect(await f.command(...keyed)).toMatchObject({ code: 0, stdout: 'once\n' });
  expect(await f.command(...keyed)).toMatchObject({ code: 0, stdout: 'once\n' });
  expect(reviewer.turns()).toEqual([1, 2, 3]);
});

test('two that ask in one thread both get the one reply of their shared turn', async () => {
  await using f = await fixture();
  await f.agent('reviewer');
  const first = begin(f, ['ask', 'reviewer', '@@SAY for both@@', '--thread', 't']);
  const second = begin(f, ['ask', 'reviewer', 'me too', '--thread', 't']);
  await f.until('two messages', () => readdirSync(agentLayout(f.root, 'reviewer').inbox.new).length === 2);
  f.start();
  expect((await first.ended).stdout).toBe('for both\n');
  expect((await second.ended).stdout).toBe('for both\n');
  expect(f.operatorInbox()).toEqual([]);
});

test('anyone who asks an agent that nobody lets work is told at once why, and what settles it', async () => {
  await using f = await fixture();
  const reviewer = await f.agent('reviewer');
  const { layout } = reviewer;
  await f.start().says(/watching/);
  const told = async () => (await f.command('ask', 'reviewer', 'now?', '--timeout', '0.1')).stderr.split('\n')[0];
  const { pause } = rootLayout(f.root);
  writeFileSync(pause, '');
  expect(await told()).toBe(
    'agent-runner: the message waits: reviewer is paused (all agents); to go on: agent-runner resume',
  );
  writeFileSync(layout.pause, '');
  rmSync(pause);
  expect(await told()).toBe(
    'agent-runner: the message waits: reviewer is paused; to go on: agent-runner resume reviewer',
  );
  writeFileSync(layout.parked, JSON.stringify({ code: 'auth', reason: 'Not logged in', at: new Date().toISOString() }));
  expect(await told()).toBe(
    'agent-runner: the message waits: reviewer is parked: Not logged in; log in (start claude, type /login), then: agent-runner resume reviewer',
  );
  rmSync(layout.parked);
  expect((await f.command('stop', 'reviewer')).code).toBe(0);
  expect(await told()).toBe(
    'agent-runner: the message waits: reviewer is stopped; to go on: agent-runner resume reviewer',
  );
  reviewer.define({ front: { enabled: false } });
  expect(await told()).toBe(
    'agent-runner: the message waits: reviewer is disabled; to go on: take "enabled: false" out of agent.md: agent-runner edit reviewer',
  );
  reviewer.define({ front: { modle: 'haiku' } });
  expect(await told()).toMatch(
    /^agent-runner: the message waits: reviewer is broken: agent\.md:3: unknown key "modle": .*; to go on: mend agent.md: agent-runner edit reviewer$/,
  );
});

test('a text is a text, behind --file and with a dash at its beginning', async () => {
  await using f = await fixture();
  const reviewer = await f.agent('reviewer');
  const path = join(f.place.root, 'report.md');
  writeFileSync(path, 'the report');
  const sent = async (...args: string[]) => {
    const end = await f.command(...args);
    expect(end, args.join(' ')).toMatchObject({ code: 0 });
    return reviewer.message(end.stdout.trim());
  };
  const both = await sent('send', 'reviewer', '--file', path, 'read this');
  expect(both).toMatchObject({ body: 'read this', attachments: [{ name: 'report.md' }] });
  expect(await sent('send', 'reviewer', '- [ ] read it', '--subject', '- x')).toMatchObject({
    body: '- [ ] read it',
    subject: '- x',
  });
  expect(await sent('at', '+1h', 'reviewer', '--file', path, '--- a/x\n+++ b/x')).toMatchObject({
    body: '--- a/x\n+++ b/x',
    attachments: [{ name: 'report.md' }],
  });
  expect(await sent('send', 'reviewer', '--', '--verbose')).toMatchObject({ body: '--verbose' });
  const refused = await f.command('ask', 'reviewer', '--verbose');
  expect(refused).toMatchObject({ code: 64, stdout: '' });
  expect(refused.stderr).toContain('agent-runner ask … -- "--verbose"');
});

test('ask that runs out of time says so with 75, and the reply comes into the inbox later', async () => {
  await using f = await fixture();
  const reviewer = await f.agent('reviewer');
  const end = await f.command('ask', 'reviewer', '@@SAY late@@', '--timeout', '0.2');
  const id = reviewer.ids()[0]!;
  expect(end).toMatchObject({ code: 75, stdout: '' });
  expect(end.stderr).toContain('reviewer is not running; to go on: agent-runner start reviewer');
  expect(end.stderr).toContain(`agent-runner trace ${shortId(id)}`);
  expect(readdirSync(operatorInbox(f).waiters)).toEqual([]);
  expect(await reviewer.where(id)).toMatchObject({ state: 'new' });

  expect(await f.start('--once').ended).toMatchObject({ code: 0 });
  const listed = await f.command('inbox');
  expect(listed.stdout).toContain(`reviewer  answer`);
  expect(listed.stdout).toContain(`answer to ${shortId(id)} "@@SAY late@@"\n    late\n`);
  const shown = JSON.parse((await f.command('inbox', '--json', '--ack')).stdout);
  expect(shown).toMatchObject([{ from: 'reviewer', kind: 'answer', inReplyTo: [id], body: 'late' }]);
  expect((await f.command('inbox')).stdout).toContain('Nothing unread');
  expect(await traceOf(f, shown[0].id)).toMatchObject({ state: 'done', place: { state: 'done' }, inReplyTo: [id] });
});

test('ask ends with 1 and the reason when the turn failed for good', async () => {
  await using f = await fixture();
  const reviewer = await f.agent('reviewer', { front: { maxAttempts: 1 } });
  f.start();
  const end = await f.command('ask', 'reviewer', '@@ERROR 400@@', '--json');
  const id = reviewer.ids()[0]!;
  expect(end.code).toBe(1);
  const reason = expect.stringContaining('400');
  expect(JSON.parse(end.stdout)).toEqual({ id, reply: null, outcome: 'dead', reason, denials: [] });
  expect(end.stderr).toContain(`message ${shortId(id)} is dead`);
  expect(f.operatorInbox()).toEqual([]);
});

test('send --wait ends as ask does: 75 when time runs out, 1 when the message is dead', async () => {
  await using f = await fixture();
  const reviewer = await f.agent('reviewer', { front: { maxAttempts: 1 } });
  const late = await f.command('send', 'reviewer', '@@ERROR 400@@', '--id', 'k', '--wait', '0.1');
  expect(late).toMatchObject({ code: 75, stdout: '' });
  expect(late.stderr).toContain('no reply from reviewer within 0.1 s');
  f.start();
  const dead = await f.command('send', 'reviewer', '@@ERROR 400@@', '--id', 'k', '--wait', '30');
  expect(dead).toMatchObject({ code: 1, stdout: '' });
  expect(dead.stderr).toMatch(/message \S+ is dead: .*400/);
  expect(reviewer.turns()).toEqual([1]);
});

test('a waiting ask that is interrupted takes its waiter away and ends by that signal', async () => {
  await using f = await fixture();
  await f.agent('reviewer');
  const asking = begin(f, ['ask', 'reviewer', 'x']);
  await f.until('the waiter', () => readdirSync(operatorInbox(f).waiters).some(name => uuid.test(name)));
  asking.child.kill('SIGINT');
  expect(await asking.ended).toMatchObject({ code: null, signal: 'SIGINT' });
  expect(readdirSync(operatorInbox(f).waiters)).toEqual([]);
});

test('a circle of waits is refused before anything is sent', async () => {
  await using f = await fixture();
  const [a, b] = [await f.agent('a'), await f.agent('b'), await f.agent('c')];
  const first = begin(f, ['ask', 'b', 'x'], turnOf(f, 'a'));
  await waits(f, 'a');
  const two = await cli(f, ['ask', 'a', 'x'], { env: turnOf(f, 'b') });
  expect(two).toMatchObject({ code: 77, stdout: '' });
  expect(two.stderr).toContain('b cannot wait for a: a waits for b already');
  const second = begin(f, ['ask', 'c', 'x'], turnOf(f, 'b'));
  await waits(f, 'b');
  const three = await cli(f, ['ask', 'a', 'x'], { env: turnOf(f, 'c') });
  expect(three.stderr).toContain('c cannot wait for a: a waits for b waits for c already');
  expect((await cli(f, ['ask', 'self', 'x'], { env: turnOf(f, 'a') })).code).toBe(77);
  expect(a.ids()).toEqual([]);
  expect(b.ids()).toHaveLength(1);
  for (const { child } of [first, second]) child.kill('SIGKILL');
  await Promise.all([first.ended, second.ended]);
  // What killed waiters left behind binds nobody.
  expect((await cli(f, ['ask', 'a', 'x', '--timeout', '0'], { env: turnOf(f, 'c') })).code).toBe(75);
});

test('the operator answers what an agent asks, also after having read it', async () => {
  await using f = await fixture();
  await f.agent('a');
  using someone = person(f.root, f.place.env);
  for (const ack of [[], ['--ack']]) {
    const asking = begin(f, ['ask', 'operator', 'may I?'], turnOf(f, 'a'));
    const { id } = (await f.until('the question', () => f.operatorInbox()[0]))!;
    await f.command('inbox', ...ack);
    // A person who waits in one terminal answers in another: this is no circle.
    expect((await f.command('ask', 'a', 'x', '--timeout', '0')).code).toBe(75);
    expect((await someone.types('reply', id, 'you may')).code).toBe(0);
    expect(await asking.ended).toMatchObject({ code: 0, stdout: 'you may\n', stderr: '' });
    expect(await traceOf(f, id)).toMatchObject({ state: 'replied' });
    await f.command('inbox', '--ack');
  }
});

test('an agent asks another in its own turn, although only one turn may run at a time', async () => {
  await using f = await agentFixture({ config: { claude: fakeClaudePath(), maxConcurrentTurns: 1 } });
  await f.agent('boss', { front: { allowedTools: ['Bash'] } });
  const helper = await f.agent('helper', { script: () => text('a needle') });
  f.start();
  const tool = JSON.stringify({ command: "agent-runner ask helper 'what is it?'" });
  const end = await f.command('ask', 'boss', `@@TOOL Bash ${tool}@@`, '--timeout', '30');
  // With nothing left to obey, the boss echoes what the tool said.
  expect(end, end.stderr).toMatchObject({ code: 0, stdout: 'a needle\n' });
  const message = helper.message(helper.ids()[0]!);
  expect(message).toMatchObject({ from: 'boss', kind: 'question', hops: 1, turn: 1 });
  expect((await helper.outcome(message.id)).outcome).toBe('replied');
});

test('what a message causes counts against one budget, and its sender is told what was spent where', async () => {
  await using f = await agentFixture({ config: { claude: fakeClaudePath(), perTraceUsd: 0.0001 } });
  const helper = await f.agent('helper', { script: () => text('one') });
  f.start();
  const id = await send(f, 'helper', 'begin');
  const answer = (await f.until('the answer', () => f.operatorInbox().find(({ kind }) => kind === 'answer')))!;
  expect(answer.trace).toBe(id);
  // What the operator answers is work of the same chain.
  expect((await f.command('reply', answer.id, 'go on')).code).toBe(0);
  const next = helper.ids().find(each => each !== id)!;
  const reason = expect.stringMatching(
    /^its chain of messages has cost \$0\.\d\d of \$0\.00 .*costs --trace [0-9a-f]{8}$/,
  );
  expect(await helper.outcome(next)).toMatchObject({ outcome: 'dead', reason });
  const spent = JSON.parse((await f.command('costs', '--trace', next, '--json')).stdout);
  expect(spent).toMatchObject({ trace: id, turns: 1, rows: [{ name: 'helper', turns: 1 }] });
  expect(spent.totalUsd).toBeGreaterThan(0.0001);
});

test('trace tells each step with its time, and takes a beginning or an end of the id', async () => {
  await using f = await fixture();
  const reviewer = await f.agent('reviewer', { front: { maxAttempts: 3 } });
  const id = await send(f, 'reviewer', '@@ERROR 400 1@@ @@SAY fine@@');
  expect((await traceOf(f, id)).steps).toMatchObject([{ step: 'queued', at: expect.any(String) }]);
  expect(await f.start('--once').ended).toMatchObject({ code: 0 });
  const traced = await traceOf(f, id.slice(0, 20));
  expect(traced).toMatchObject({ id, to: 'reviewer', from: 'operator', state: 'replied', place: { state: 'done' } });
  expect(stepNames(traced.steps)).toEqual([
    ...['queued', 'claimed', 'started', 'ended', 'failed'],
    ...['claimed', 'started', 'seen', 'ended', 'replied'],
  ]);
  const intent = reviewer.intent(1);
  expect(traced.steps[2]).toMatchObject({ turn: 1, pid: expect.any(Number), session: intent.sessionId });
  expect(traced.steps[3]).toMatchObject({ verdict: 'refused', reason: expect.stringContaining('400'), denials: [] });
  expect(traced.steps[4]).toMatchObject({ failures: 1 });
  const text = (await f.command('trace', id)).stdout;
  expect(text).toContain('failed (attempt 1); waits again');
  expect(text).toContain('now replied: ');
  const reply = await traceOf(f, traced.steps.at(-1).reply);
  expect(reply).toMatchObject({ to: 'operator', from: 'reviewer', inReplyTo: [id] });

  expect((await f.command('trace', '00000000')).code).toBe(66);
  expect((await f.command('trace', 'abc')).code).toBe(64);
  const twin = id.slice(0, 35) + (id.endsWith('0') ? '1' : '0');
  await reviewer.send('twin', { id: twin });
  const several = await f.command('trace', id.slice(0, 35));
  expect(several.code).toBe(64);
  expect(several.stderr).toContain(`${shortId(id)} (reviewer)`);
  expect(several.stderr).toContain(`${shortId(twin)} (reviewer)`);
  expect(await traceOf(f, shortId(twin))).toMatchObject({ id: twin });
});

test('inbox shows no terminal escape, and --ack leaves an agent the work in its inbox', async () => {
  await using f = await fixture();
  const reviewer = await f.agent('reviewer');
  await send(f, 'reviewer', 'work');
  const note = await send(f, 'reviewer', 'red \u001b[31malert\u009b1m', '--kind', 'note');
  const { stdout, stderr } = await f.command('inbox', 'reviewer', '--ack');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
  expect(stdout).not.toMatch(/[\u001b\u009b]/);
  expect(stdout.indexOf('work')).toBeLessThan(stdout.indexOf('red'));
  expect(stderr).toContain('1 message stayed');
  expect(await reviewer.where(note)).toMatchObject({ state: 'done' });
  expect((await f.command('inbox', 'reviewer', '--json')).stdout).not.toContain(note);
});

test('a message that waits is cancelled: dead, with the reason, and its sender is told', async () => {
  await using f = await fixture();
  const [a, b] = [await f.agent('a'), await f.agent('b')];
  const id = (await cli(f, ['send', 'b', 'x'], { env: turnOf(f, 'a') })).stdout.trim();
  expect(await f.command('cancel', id.slice(0, 30))).toMatchObject({ code: 0, stdout: `cancelled ${shortId(id)}\n` });
  expect(await b.where(id)).toMatchObject({ state: 'dead' });
  expect(await b.outcome(id)).toMatchObject({ outcome: 'dead', reason: 'cancelled by operator' });
  expect(a.ids().map(note => a.message(note))).toMatchObject([{ kind: 'note', inReplyTo: [id] }]);
  expect(f.operatorInbox()).toEqual([]);
  expect((await f.command('cancel', id)).code).toBe(0);
  expect(a.ids()).toHaveLength(1);
  expect((await f.command('cancel', 'b')).code).toBe(69);
  expect((await f.command('cancel', 'bb')).code).toBe(66);
  expect((await f.command('dead', 'list', 'b')).stdout).toContain('cancelled by operator');
});

test('one message of a running turn is cancelled, and the others of the turn go on', async () => {
  await using f = await fixture();
  const reviewer = await f.agent('reviewer');
  const doomed = await send(f, 'reviewer', '@@HANG@@ doomed', '--thread', 't');
  const other = await send(f, 'reviewer', 'other', '--thread', 't');
  f.start();
  await asked(f, 'doomed');
  await reviewer.promptOnDisk(1);
  const end = await f.command('cancel', doomed);
  expect(end.code).toBe(0);
  expect(end.stdout.split('\n')).toEqual([
    `cancelled ${shortId(doomed)}`,
    expect.stringMatching(/^booked today: /),
    '',
  ]);
  expect(await reviewer.outcome(doomed)).toMatchObject({ outcome: 'dead', reason: 'cancelled by operator', turn: 1 });
  expect(await reviewer.outcome(other)).toMatchObject({ outcome: 'replied', turn: 2 });
  expect(stepNames((await traceOf(f, doomed)).steps)).toEqual([
    'queued',
    'claimed',
    'started',
    'stopping',
    'ended',
    'dead',
  ]);
  expect(stepNames((await traceOf(f, other)).steps).slice(4, 6)).toEqual(['ended', 'released']);
  const late = await f.command('cancel', other);
  expect(late.code).toBe(1);
  expect(late.stderr).toContain('already answered');
});

test("an agent's turn is cancelled with all its messages", async () => {
  await using f = await fixture();
  const reviewer = await f.agent('reviewer');
  const id = await send(f, 'reviewer', '@@HANG@@ for ever');
  f.start();
  await asked(f, 'for ever');
  const end = await f.command('cancel', 'reviewer');
  expect(end.code).toBe(0);
  const booked = expect.stringMatching(/^booked today: (\$0\.\d\d \(an estimate|nothing \(as claude reports it\))/);
  expect(end.stdout.split('\n')).toEqual(['cancelled turn 1 of reviewer', `dead: ${shortId(id)}`, booked, '']);
  expect(await reviewer.where(id)).toMatchObject({ state: 'dead' });
});

test('without a runner the turn is stopped, and the next runner finishes it', async () => {
  await using f = await fixture();
  const reviewer = await f.agent('reviewer');
  const id = await send(f, 'reviewer', '@@HANG@@ for ever');
  const runner = f.start();
  await asked(f, 'for ever');
  runner.signal('SIGKILL');
  await runner.ended;
  const end = await f.command('cancel', id);
  expect(end).toMatchObject({ code: 0 });
  expect(end.stdout).toContain('the next runner will finish it');
  const pid = await reviewer.childPid(1);
  expect(existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '').toBe(false);
  expect(await f.start('--once').ended).toMatchObject({ code: 0 });
  expect(await reviewer.outcome(id)).toMatchObject({ outcome: 'dead', reason: 'cancelled by operator' });
});

test('a dead letter is listed, shown and requeued; the conversation does not get its body twice', async () => {
  await using f = await fixture();
  const reviewer = await f.agent('reviewer', { front: { maxAttempts: 1 } });
  f.start();
  const marker = 'a-marker-of-its-own';
  const id = await send(f, 'reviewer', `${marker} @@ERROR 422 1@@`);
  await reviewer.ended(1);
  const listed = JSON.parse((await f.command('dead', '--json')).stdout);
  expect(listed).toMatchObject([
    { peer: 'reviewer', id, from: 'operator', kind: 'request', reason: expect.stringContaining('422') },
  ]);
  const shown = await f.command('dead', 'show', id.slice(0, 23));
  expect(shown.stdout).toContain(marker);
  expect(shown.stdout).toContain('422');

  expect(await f.command('dead', 'requeue', id)).toMatchObject({
    code: 0,
    stdout: `${shortId(id)} waits for reviewer again\n`,
  });
  expect((await reviewer.ended(2)).verdict.kind).toBe('answered');
  expect(reviewer.intent(2).messages).toMatchObject([{ id, mode: 'interrupted' }]);
  const records = await sessionRecords(f.place.home, reviewer.intent(2).sessionId);
  const prompts = records.filter(({ type }) => type === 'user').map(({ message }) => JSON.stringify(message.content));
  expect(timesIn(prompts.join('\n'), marker)).toBe(1);
  expect(await reviewer.outcome(id)).toMatchObject({ outcome: 'replied', turn: 2 });
  expect(readdirSync(reviewer.layout.inbox.dead)).toEqual([]);
  const steps = stepNames((await traceOf(f, id)).steps);
  expect(steps).toEqual([
    'queued',
    'claimed',
    'started',
    'ended',
    'dead',
    'requeued',
    'claimed',
    'started',
    'seen',
    'ended',
    'replied',
  ]);
  const again = await f.command('dead', 'requeue', id);
  expect(again).toMatchObject({ code: 1 });
  expect(again.stderr).toContain('is not dead');
});

test('a message that dies again after a requeue has one final outcome, and each death is told', async () => {
  await using f = await fixture();
  const script = () => apiError(400, 'never');
  const reviewer = await f.agent('reviewer', { front: { maxAttempts: 1 }, script });
  f.start();
  const id = await send(f, 'reviewer', 'x');
  for (const turn of [1, 2]) {
    await reviewer.ended(turn);
    expect(await reviewer.where(id)).toMatchObject({ state: 'dead', name: { lastTurn: turn } });
    expect(f.operatorInbox().filter(({ kind }) => kind === 'note')).toHaveLength(turn);
    if (turn === 1) expect((await f.command('dead', 'requeue', id)).code).toBe(0);
  }
  expect(await reviewer.outcome(id)).toMatchObject({ outcome: 'dead', turn: 2 });
  expect(readdirSync(reviewer.layout.inbox.outcomes).sort()).toEqual([id, `${id}.r1`, `${id}.r1.requeued`]);
});

test('a message that died of its budget has it again when it is requeued', async () => {
  await using f = await fixture();
  const budget = { perTurnUsd: 0.1, perMessageUsd: 0.1 };
  const reviewer = await f.agent('reviewer', { front: { budget } });
  f.start();
  const id = await send(f, 'reviewer', '@@USAGE {"input_tokens":100000}@@ @@SAY dear@@');
  expect(await reviewer.outcome(id)).toMatchObject({ outcome: 'dead' });
  await reviewer.ended(1);
  await f.command('dead', 'requeue', id);
  expect(await reviewer.answer(id)).toBeTruthy();
  expect(reviewer.intent(2).messages).toMatchObject([{ spentUsd: 0, mode: 'interrupted' }]);
});

test('a dropped file that could not be read goes back into the inbox under its own name', async () => {
  await using f = await fixture();
  const reviewer = await f.agent('reviewer');
  const { dead, inbox } = reviewer.layout.inbox;
  const buried = 'drop-01a1fc22-e4f7-7c3f-a002-65bce5788986-task.md';
  writeFileSync(join(dead, buried), 'do it');
  writeFileSync(join(dead, `${buried}.reason`), 'no reason\n');
  const pipe = 'drop-01a1fc22-e4f7-7c3f-a002-65bce5788987-pipe';
  mkdirSync(join(dead, pipe));
  writeFileSync(join(dead, `${pipe}.reason`), 'a directory is not work\n');
  writeFileSync(join(inbox, 'task.md'), 'another of that name');
  expect((await f.command('dead')).stdout).toMatch(/e5788986 .* task\.md: /);
  expect((await f.command('dead', 'requeue', pipe)).code).toBe(65);
  const end = await f.command('dead', 'requeue', buried);
  expect(end).toMatchObject({ code: 0, stdout: `dropped again: ${join(inbox, '2-task.md')}\n` });
  expect(readFileSync(join(inbox, '2-task.md'), 'utf8')).toBe('do it');
  expect(readFileSync(join(inbox, 'task.md'), 'utf8')).toBe('another of that name');
  expect(readdirSync(dead).sort()).toEqual([pipe, `${pipe}.reason`]);
  expect((await f.command('dead', 'requeue', '11111111')).code).toBe(66);
});
