import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { agentLayout, turnLayout } from '#blackboard/layout.ts';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { makeRoot } from '#blackboard/root.ts';
import { identify, lineageOf, type ProcessIdentity, selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { asTurn, callerOf, findCaller } from '#runner/agents/caller.ts';
import { findSender } from '#runner/verbs/sender.ts';
import { openTurn } from '#test/support/open-turn.ts';

const files = createRunnerFiles();
const SESSION = '963bf434-039c-4310-b9b7-061eef298631';
let root: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'ar-caller-')));
  await makeRoot(files, root, false);
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  rmSync(root, { recursive: true });
});

const line = () => lineageOf(process.pid);
const caller = (env: Record<string, string> = {}, of: readonly ProcessIdentity[] = line()) =>
  findCaller(files, root, env, of);

/** A process that lives until the test is over, below this one. */
async function living(env: Record<string, string> = {}): Promise<ProcessIdentity> {
  const child = spawn('cat', [], { env: { PATH: process.env.PATH, ...env }, stdio: ['pipe', 'pipe', 'ignore'] });
  children.push(child);
  // It has echoed: it is the command that was asked for, with its own environment.
  child.stdin.write('here\n');
  await once(child.stdout, 'data');
  return (await identify(child.pid!))!;
}

const session = (process: ProcessIdentity) =>
  registerSession(files, root, {
    ...{ id: SESSION, cwd: '/src/app', branch: null, process, tmux: null, configDir: null, transcript: null },
    startedAt: new Date().toISOString(),
  });

test('a line of processes begins with the one asked for, and each is the parent of the one before', async () => {
  const child = await living();
  expect(lineageOf(child.pid).slice(0, 2)).toEqual([child, selfIdentity()]);
  expect(line().at(-1)?.pid).not.toBe(0);
  expect(lineageOf(2 ** 30)).toEqual([]);
});

test('without any sign, and nothing proven, it is the operator', async () => {
  expect(await caller()).toEqual({ kind: 'operator', peer: 'operator' });
});

test('below the child of an open turn it is that agent, with the hops and the trace that its intent says', async () => {
  const env = openTurn(root, 'worker', { number: 12, hops: 3, maxHops: 5, trace: 't' });
  const agent = { kind: 'agent', peer: 'worker', turn: 12, trace: 't', hops: 3, maxHops: 5 };
  expect(await caller(env)).toEqual(agent);
  // What the environment says besides is nobody's word.
  const forged = { ...env, AGENT_RUNNER_PEER: 'other', AGENT_RUNNER_HOPS: '0', AGENT_RUNNER_TURN: '1' };
  expect(await caller({ ...forged, AGENT_RUNNER_TRACE: 'x' })).toEqual(agent);
});

it.runIf(process.platform === 'linux')(
  'a cleared or forged environment is told by that of the claude above it',
  async () => {
    const env = openTurn(root, 'worker', { number: 12 });
    const claude = await living(env);
    openTurn(root, 'worker', { number: 12, child: claude });
    const below = [{ ...selfIdentity(), pid: 2 ** 30 }, claude, ...line()];
    for (const forged of [{}, { AGENT_RUNNER_TURN_DIR: '' }, { AGENT_RUNNER_TURN_DIR: '/tmp/elsewhere' }])
      expect(await caller(forged, below)).toMatchObject({ kind: 'agent', peer: 'worker', turn: 12 });
  },
);

it.runIf(process.platform === 'linux')(
  'of turns within turns the nearest counts, whatever the environment says',
  async () => {
    const outer = openTurn(root, 'outer');
    const inner = await living(openTurn(root, 'inner'));
    openTurn(root, 'inner', { child: inner });
    expect(await caller(outer, [inner, ...line()])).toMatchObject({ peer: 'inner' });
    expect(await caller(outer)).toMatchObject({ peer: 'outer' });
  },
);

describe('a sign without proof is refused with 77 and is never the operator', () => {
  const refused = (env: Record<string, string>) => expect(caller(env), JSON.stringify(env)).rejects;

  test.each([
    { AGENT_RUNNER_PEER: 'operator' },
    { AGENT_RUNNER_TURN: '' },
    { AGENT_RUNNER_HOPS: '0' },
    { AGENT_RUNNER_TURN_DIR: '/none' },
    { CLAUDECODE: '1' },
    { CLAUDE_CODE_SESSION_ID: SESSION },
    { CLAUDE_PID: '1' },
    { AI_AGENT: 'claude-code_2-1-332_agent' },
  ])('%j', async env => {
    await refused(env).toMatchObject({ exit: 77, message: expect.stringContaining(Object.keys(env)[0]!) });
  });

  test('the turn is closed, has no child, is sealed, or its child is another process', async () => {
    const env = openTurn(root, 'worker');
    const turn = turnLayout(agentLayout(root, 'worker').turns, 7);
    const { startTime, ...rest } = selfIdentity();
    openTurn(root, 'worker', { child: { ...rest, startTime: `${startTime}0` } });
    await refused(env).toMatchObject({ exit: 77 });
    writeFileSync(turn.child, 'sealed\n');
    await refused(env).toMatchObject({ exit: 77 });
    rmSync(turn.child);
    await refused(env).toMatchObject({ exit: 77 });
    openTurn(root, 'worker');
    expect(await caller(env), 'the control').toMatchObject({ kind: 'agent' });
    writeFileSync(turn.closed, '');
    await refused(env).toMatchObject({ exit: 77 });
  });

  test('a turn of another root, and a directory that is no turn of this one', async () => {
    const env = openTurn(root, 'worker');
    const directory = env.AGENT_RUNNER_TURN_DIR!;
    for (const other of [`${directory}/`, `${directory}/..`, directory.replace('/agents/', '/agents/../agents/'), ''])
      await refused({ ...env, AGENT_RUNNER_TURN_DIR: other }).toMatchObject({ exit: 77 });
    const another = realpathSync(mkdtempSync(join(tmpdir(), 'ar-other-')));
    await expect(findCaller(files, another, env, line())).rejects.toMatchObject({ exit: 77 });
    rmSync(another, { recursive: true });
  });

  test('a session that the process is not below', async () => {
    await session({ ...selfIdentity(), startTime: '1' });
    await refused({ CLAUDE_CODE_SESSION_ID: SESSION }).toMatchObject({ exit: 77 });
  });
});

test('below the process of a session it is that session, whatever id the environment names', async () => {
  const { name } = await session(selfIdentity());
  for (const env of [{ CLAUDE_CODE_SESSION_ID: SESSION }, { CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: 'x' }, {}])
    expect(await caller(env)).toEqual({ kind: 'session', peer: name });
});

test('it is looked up once for each environment and root', async () => {
  const env = {};
  expect(callerOf(files, root, env)).toBe(callerOf(files, root, env));
  expect(callerOf(files, root, {})).not.toBe(callerOf(files, root, env));
});

test('in a session --from is its own only: its model is no more the operator than an agent is', async () => {
  const { name } = await session(selfIdentity());
  mkdirSync(agentLayout(root, 'worker').home, { recursive: true });
  writeFileSync(agentLayout(root, 'worker').definition, '---\ncwd: /\n---\n');
  for (const from of [undefined, 'self', name, SESSION])
    expect(await findSender(files, root, {}, from), from).toMatchObject({ peer: name, turn: null, hops: 0 });
  for (const from of ['operator', 'worker'])
    await expect(findSender(files, root, {}, from), from).rejects.toMatchObject({ exit: 77 });
});

test('in a turn --from is its own agent only, and a message is one hop further', async () => {
  const env = openTurn(root, 'worker', { hops: 3 });
  writeFileSync(agentLayout(root, 'worker').definition, '---\ncwd: /\n---\n');
  for (const from of [undefined, 'self', 'worker'])
    expect(await findSender(files, root, env, from), from).toMatchObject({ peer: 'worker', turn: 7, hops: 4 });
  for (const from of ['operator', 'other', 'x'.repeat(100)])
    await expect(findSender(files, root, env, from), from).rejects.toMatchObject({ exit: 77 });
  openTurn(root, 'worker', { hops: 8 });
  await expect(findSender(files, root, { ...env }, undefined)).rejects.toMatchObject({ exit: 77 });
});

test('a turn that the runner speaks for is that agent; to who does not know of it, it is nobody, and never the operator', async () => {
  openTurn(root, 'ann', { number: 3 });
  const turn = turnLayout(agentLayout(root, 'ann').turns, 3);
  const env = asTurn(files, root, {}, { peer: 'ann', turn });
  expect(await callerOf(files, root, env)).toMatchObject({ kind: 'agent', peer: 'ann', turn: 3 });
  // As a part of another build of this program has it: an update of the package under a running runner.
  await expect(callerOf(files, root, { ...env })).rejects.toMatchObject({ exit: 77 });
});

test('a turn whose records cannot be read fails the call that asks who calls, and nothing else', async () => {
  const turn = turnLayout(agentLayout(root, 'ann').turns, 3);
  const broken = { ...files, read: async () => Promise.reject(new Error('EMFILE')) };
  const env = asTurn(broken, root, {}, { peer: 'ann', turn });
  // An unhandled rejection would end the runner.
  await new Promise(resolve => setImmediate(resolve));
  await expect(callerOf(broken, root, env)).rejects.toThrow('EMFILE');
});
