// Anyone who reads what a command prints leaves early, as `head` and `grep -q` do: of every command there is, by the tree of commands.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AgentFixture, agentFixture, cliPath, type TestAgent } from '#test/support/agent-fixture.ts';
import { allCommands, commandTree, wholeProgram } from '#test/support/command-tree.ts';
import { fakeClaudePath } from '#test/support/isolated-claude.ts';

const program = await wholeProgram();

let fixture: AgentFixture;
let agent: TestAgent;
const commands = allCommands(commandTree(program)).map(({ path }) => path);

beforeAll(async () => {
  fixture = await agentFixture({ config: { claude: fakeClaudePath() } });
  agent = await fixture.agent('worker');
  writeFileSync(agent.layout.transcript, 'one\ntwo\n');
  await fixture.command('post', 'something');
  mkdirSync(join(fixture.root, 'logs'), { recursive: true });
  writeFileSync(join(fixture.root, 'logs', 'runner.log'), 'one\ntwo\n');
});
afterAll(() => fixture[Symbol.asyncDispose]());

type Gone = 'stdout' | 'stderr';

/** Runs it with that stream's reader gone before it begins; what the other stream got. */
function run(args: readonly string[], gone: Gone) {
  const { PATH } = process.env;
  const child = spawn(process.execPath, [cliPath, '--root', fixture.root, ...args], {
    env: { PATH, HOME: fixture.place.home },
    cwd: fixture.place.home,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child[gone].destroy();
  child[gone === 'stdout' ? 'stderr' : 'stdout'].on('data', piece => {
    said += piece;
  });
  return new Promise<{ code: number | null; signal: string | null; said: string }>(done =>
    child.on('close', (code, signal) => done({ code, signal, said })),
  );
}

const killed = { code: null, signal: 'SIGPIPE', said: '' };

test('the help of each command ends as killed by SIGPIPE, without a word', async () => {
  const ends = Object.fromEntries(
    await Promise.all(commands.map(async path => [path.join(' '), await run([...path, '--help'], 'stdout')])),
  );
  expect(ends).toEqual(Object.fromEntries(commands.map(path => [path.join(' '), killed])));
});

test('so does an error that nobody reads', async () => {
  for (const args of [['list', '--no-such-option'], ['status', 'nobody'], ['no-such-command']])
    expect(await run(args, 'stderr')).toEqual(killed);
});

test('so does what each command prints when it does its work', async () => {
  const mail = () =>
    fixture.command('send', 'operator', 'hello', '--from', 'worker').then(({ stdout }) => stdout.trim());
  const work = () => fixture.command('send', 'worker', 'hello').then(({ stdout }) => stdout.trim());
  const dead = async () => {
    const id = await work();
    await fixture.command('cancel', id);
    return id;
  };
  const task = async (): Promise<string> =>
    JSON.parse((await fixture.command('task', 'add', 'another', '--json')).stdout).key;
  const calls: Record<string, readonly string[]> = {
    '': [],
    ack: ['ack', await mail()],
    add: ['add', 'another', '--cwd', agent.cwd],
    approvals: ['approvals'],
    at: ['at', '+2h', 'worker', 'later'],
    'auto-start': ['auto-start'],
    board: ['board', '--follow'],
    broadcast: ['broadcast', '--to-agents', 'hello'],
    cancel: ['cancel', await work()],
    claim: ['claim', 'a-key'],
    claims: ['claims'],
    completion: ['completion', 'bash'],
    costs: ['costs'],
    'dashboard revoke': ['dashboard', 'revoke'],
    'dead list': ['dead'],
    'dead purge': ['dead', 'purge', await dead()],
    'dead requeue': ['dead', 'requeue', await dead()],
    'dead show': ['dead', 'show', await dead()],
    doctor: ['doctor'],
    events: ['events', '--follow'],
    explain: ['explain', await work()],
    'hooks install': ['hooks', 'install', '--dry-run'],
    'hooks plugin': ['hooks', 'plugin'],
    'hooks status': ['hooks'],
    'hooks uninstall': ['hooks', 'uninstall'],
    inbox: ['inbox'],
    init: ['init'],
    list: ['list'],
    logs: ['logs', '--follow'],
    notify: ['notify', '--agent', 'worker', '--json'],
    pause: ['pause', 'worker'],
    peek: ['peek', 'worker'],
    post: ['post', 'again'],
    read: ['read', await mail()],
    release: ['release', 'a-key'],
    reply: ['reply', await mail(), 'yes'],
    resume: ['resume'],
    schema: ['schema'],
    send: ['send', 'worker', 'hello'],
    'service print': ['service', 'print', '--for', 'systemd'],
    signals: ['signals', 'on'],
    status: ['status', 'worker', '--json'],
    stop: ['stop', 'worker'],
    tail: ['tail', 'worker'],
    'task add': ['task', 'add', 'mend it'],
    'task take': ['task', 'take'],
    'task done': ['task', 'done', await task()],
    tasks: ['tasks'],
    'templates list': ['templates'],
    'templates show': ['templates', 'show', 'worker'],
    trace: ['trace', await work()],
    whoami: ['whoami'],
    remove: ['remove', 'worker', '--force'],
  };
  /** What prints by the same way and asks for more than this place has: a turn, an editor, a session, a person, a service manager. */
  const elsewhere = [
    'ask',
    'dashboard',
    'demo',
    'dead',
    'top',
    'edit',
    'hooks',
    'plugin',
    'rename',
    'service',
    'start',
    'templates',
  ];
  const people = ['approve', 'deny', 'answer', 'plugin install', 'plugin uninstall', 'plugin status'].concat([
    'dashboard serve',
    'dashboard link',
    'dashboard token',
  ]);
  const sessions = [
    'connect',
    'disconnect',
    'mcp',
    'task',
    'wait',
    'cmd',
    'esc',
    'press',
    'handover',
    'take',
    'self',
    'spawn',
    'fork',
    'kill',
  ];
  const services = ['service install', 'service uninstall', 'service status'];
  expect(Object.keys(calls).concat(elsewhere, people, sessions, services).sort()).toEqual(
    commands.map(path => path.join(' ')).sort(),
  );
  const ends: Record<string, unknown> = {};
  for (const [name, args] of Object.entries(calls)) {
    const { said, ...end } = await run(args, 'stdout');
    ends[name] = { ...end, stack: /at .*:\d+:\d+|EPIPE/.test(said) };
  }
  expect(ends).toEqual(
    Object.fromEntries(Object.keys(calls).map(name => [name, { code: null, signal: 'SIGPIPE', stack: false }])),
  );
});

test('what follows ends with its reader though nothing comes any more', async () => {
  writeFileSync((await fixture.agent('quiet')).layout.transcript, 'one\n');
  const line = `'${process.execPath}' '${cliPath}' --root '${fixture.root}'`;
  for (const command of ['tail quiet', 'logs --follow', 'board --follow']) {
    const script = `${line} ${command} | head -1 >/dev/null; echo "\${PIPESTATUS[0]}"`;
    const end = await fixture.place.run({ executable: 'bash', args: ['-c', script] });
    expect({ command, out: end.stdout, said: end.stderr }).toEqual({ command, out: '141\n', said: '' });
  }
});

test('a runner in the foreground starts no more turns, and ends', async () => {
  const end = await run(['start'], 'stderr');
  expect(end).toMatchObject({ signal: 'SIGPIPE' });
});
