// list, status, peek, tail and wait of sessions in tmux: the registry and the processes are real files and this very process, tmux
// is a script (test/support/fake-tmux.ts).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { limits } from '#blackboard/system/limits.ts';
import { selfIdentity, startTimeSync } from '#blackboard/system/process-identity.ts';
import { lookAgain } from '#runner/panes/look.ts';
import { createTmux } from '#runner/panes/tmux.ts';
import type { Pane } from '#runner/results/panes.ts';
import { answerIn } from '#runner/verbs/ask-by-tmux.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { list } from '#runner/verbs/list.ts';
import { peek } from '#runner/verbs/peek.ts';
import { paneOf } from '#runner/verbs/session-pane.ts';
import { isWell, status } from '#runner/verbs/status.ts';
import { tail } from '#runner/verbs/tail.ts';
import { wait, waitStep } from '#runner/verbs/wait.ts';
import { type FakePane, type FakeTmux, fakeTmux } from '#test/support/fake-tmux.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { screenNamed } from '#test/support/pane-fixtures.ts';
import { makeWorkerRoot, type WorkerRoot } from './worker-root.ts';

const ID = 'd3adbeef-0000-4000-8000-000000000001';
const IDLE = screenNamed('idle_named');
const PERMISSION = screenNamed('modal_permission_bash');

let root: WorkerRoot;
let tmux: FakeTmux;
let config: string;
let context: VerbContext;
beforeEach(async () => {
  root = await makeWorkerRoot();
  config = join(root.context.root, '..', 'claude');
  mkdirSync(join(config, 'sessions'), { recursive: true });
  mkdirSync(join(config, 'projects', 'work'), { recursive: true });
  tmux = fakeTmux(config);
  context = { ...root.context, env: { ...root.context.env, ...tmux.env, CLAUDE_CONFIG_DIR: config } };
});
afterEach(() => root.clear());

const transcript = () => join(config, 'projects', 'work', `${ID}.jsonl`);
const says = (type: 'user' | 'assistant', text: string, more: object = {}) =>
  appendFileSync(
    transcript(),
    `${JSON.stringify({
      ...{ type, timestamp: '2026-11-30T10:00:00.000Z', isSidechain: false },
      message: { content: [{ type: 'text', text }], ...more },
    })}\n`,
  );
/** What claude's registry says of this very process. */
const registered = (status: string, more: object = {}) =>
  writeFileSync(
    join(config, 'sessions', `${process.pid}.json`),
    JSON.stringify({
      ...{ sessionId: ID, pid: process.pid, procStart: selfIdentity().startTime, entrypoint: 'cli', name: 'work-50' },
      ...{ status, statusUpdatedAt: Date.parse('2026-11-30T11:00:00Z'), tmux: 'work:@1.%1', ...more },
    }),
  );
const mine = (changes: Partial<FakePane> = {}): FakePane => ({
  ...{ id: '%1', address: 'work:1.0', pid: process.pid, screen: IDLE },
  ...changes,
});
/** As our hooks would register it. */
const hooked = (pane: string) =>
  registerSession(context.files, context.root, {
    ...{ id: ID, cwd: '/src/app', branch: null, process: selfIdentity(), configDir: config, transcript: transcript() },
    ...{ tmux: { socket: tmux.env.AGENT_RUNNER_TMUX, pane }, startedAt: new Date().toISOString() },
  });
const idle = () => {
  registered('idle');
  says('user', 'hello');
  says('assistant', 'fine', { stop_reason: 'end_turn' });
};
const panes = async (): Promise<Pane[]> => (await list(context, { panes: true })).panes;

test('list has the panes that have a claude, with what it does, and none of a person’s own', async () => {
  idle();
  tmux.set([
    mine(),
    { id: '%2', address: 'my notes:0.0', pid: 1, command: 'vim', screen: 'text' },
    { id: '%3', address: 'new:0.0', pid: 1, screen: screenNamed('modal_trust') },
  ]);
  const found = await panes();
  expect(jsonViolations('list', found)).toEqual([]);
  expect(found).toMatchObject([
    { address: 'work:1.0', state: 'idle', subtype: null, session: ID, name: 'work-50', own: false, pid: process.pid },
    // Before its directory is trusted, claude has no session.
    { address: 'new:0.0', state: 'modal', subtype: 'trust', session: null, name: null },
  ]);
});

test('the name that a session has as a peer is its name; the own row is marked', async () => {
  idle();
  const { name } = await hooked('%1');
  tmux.set([mine()]);
  context.env = { ...context.env, TMUX: `${tmux.env.AGENT_RUNNER_TMUX},1,0`, TMUX_PANE: '%1' };
  expect(await panes()).toMatchObject([{ name, session: ID, own: true }]);
  const seen = await status(context, { name: 'work:1.0' });
  // One session, told once, and in full.
  expect(seen).toMatchObject({ kind: 'session', id: ID, pane: { address: 'work:1.0', own: true } });
});

test('list asks no tmux where nobody uses one, and says what is wrong with one that fails', async () => {
  tmux.set(null);
  const nobody = { PATH: context.env.PATH, TMUX_TMPDIR: config, HOME: config };
  expect(await list({ ...context, env: nobody }, { panes: true })).toMatchObject({ panes: [], panesProblem: null });
  expect(await list(context, { panes: true })).toMatchObject({ panes: [], panesProblem: null });
  const missing = { ...context, env: { ...context.env, PATH: config } };
  expect(await list(missing, { panes: true })).toMatchObject({ panes: [], panesProblem: /no program "tmux"/ });
  await expect(list(missing, { panes: true, socket: '/x' })).rejects.toMatchObject({ exit: 69 });
  await expect(list(context, { panes: true, socket: '/x' })).rejects.toMatchObject({ exit: 69 });
});

test.each(['work:1.0', 'work:1.0*', '%1', ID, 'd3ad', 'D3ADBEEF', 'work-50'])('%s means the pane', async typed => {
  idle();
  tmux.set([mine(), mine({ id: '%4', address: 'work:1.00', pid: 1 })]);
  const seen = await status(context, { name: typed });
  expect(jsonViolations('status', seen)).toEqual([]);
  expect(seen).toMatchObject({ kind: 'pane', id: '%1', state: 'idle', session: ID });
  expect(isWell(seen)).toBe(true);
});

test('nobody, and a pane that is not there, are refused with 66; without a server 69', async () => {
  tmux.set([mine()]);
  for (const name of ['work:9.9', '%77', 'nobody', 'd3a'])
    await expect(status(context, { name }), name).rejects.toMatchObject({ exit: 66 });
  tmux.set(null);
  await expect(status(context, { name: 'work:1.0' })).rejects.toMatchObject({ exit: 69 });
  await expect(status(context, { name: 'nobody' })).rejects.toMatchObject({ exit: 66 });
});

test('the beginning of an id that fits two sessions is refused with 64; a longer one means its session, in tmux or not', async () => {
  const none = { cwd: '/src/app', branch: null, process: null, tmux: null, configDir: null, transcript: null };
  const other = ID.replace(/1$/, '2');
  for (const id of [ID, other])
    await registerSession(context.files, context.root, { ...none, id, startedAt: new Date().toISOString() });
  tmux.set([mine()]);
  await expect(peek(context, { name: 'd3adbeef', count: 1 })).rejects.toMatchObject({
    exit: 64,
    message: /2 sessions/,
  });
  await expect(peek(context, { name: other.slice(0, -1), count: 1 })).rejects.toMatchObject({ exit: 64 });
  await expect(peek(context, { name: other, count: 1 })).rejects.toMatchObject({
    exit: 66,
    message: /nothing was said/,
  });
});

test('a server that is reached by a link is the one that the hooks named', async () => {
  idle();
  const { name } = await hooked('%1');
  tmux.set([mine()]);
  symlinkSync(config, `${config}-link`);
  const socket = join(`${config}-link`, 'socket');
  context.env = { ...context.env, TMUX: `${socket},1,0`, TMUX_PANE: '%1', AGENT_RUNNER_TMUX: socket };
  expect(await panes()).toMatchObject([{ name, own: true }]);
});

test('a session that hooks know has its pane in status, and why it has none', async () => {
  idle();
  const { name } = await hooked('%1');
  tmux.set([mine()]);
  expect(await status(context, { name })).toMatchObject({ pane: { id: '%1', state: 'idle' }, paneProblem: null });
  const other = { id: '%1', address: 'work:1.0', pid: 1, command: 'zsh', screen: '$ ' };
  tmux.set([other]);
  registered('idle', { tmux: 'x:@1.%9' });
  const seen = await status(context, { name });
  expect(jsonViolations('status', seen)).toEqual([]);
  tmux.set(null);
  expect(await status(context, { name })).toMatchObject({ pane: null, paneProblem: /no tmux server/ });
});

test('a pane that changed hands is told to who asks for the one before', async () => {
  registered('idle', { sessionId: 'd3adbeef-0000-4000-8000-000000000002' });
  const { name } = await hooked('%1');
  tmux.set([mine()]);
  expect(await status(context, { name })).toMatchObject({
    pane: null,
    paneProblem: expect.stringMatching(/is not in its pane "work:1.0" any more: session d3adbeef-.*2 is in it now/),
  });
});

test('what each source says is told where they do not agree, and no gate is open but those that look', async () => {
  registered('idle');
  says('user', 'do it');
  says('assistant', 'I call', { stop_reason: 'tool_use' });
  tmux.set([mine()]);
  const seen = await status(context, { name: '%1' });
  expect(seen).toMatchObject({
    state: 'other',
    subtype: 'disagree',
    reason: expect.stringContaining('a call of a tool'),
  });
  if (seen.kind !== 'pane') throw new Error('expected a pane');
  expect(seen.gates.filter(({ isOpen }) => isOpen).map(({ verb }) => verb)).toEqual([
    ...['list', 'status', 'wait', 'peek', 'tail'],
  ]);
});

test('peek gives the last texts of a session, by its pane or its name', async () => {
  idle();
  tmux.set([mine()]);
  const seen = await peek(context, { name: 'work:1.0', count: 2 });
  expect(jsonViolations('peek', seen)).toEqual([]);
  expect(seen).toMatchObject([
    { role: 'user', text: 'hello' },
    { role: 'assistant', text: 'fine' },
  ]);
  const { name } = await hooked('%1');
  // Hooks know where it is: tmux is not asked.
  tmux.set(null);
  expect(await peek(context, { name, count: 1 })).toMatchObject([{ text: 'fine' }]);
  await expect(peek(context, { name: 'nobody', count: 1 })).rejects.toMatchObject({ exit: 66 });
});

test('a session in which nothing was said has nothing to peek at', async () => {
  registered('idle');
  tmux.set([mine()]);
  await expect(peek(context, { name: '%1', count: 1 })).rejects.toMatchObject({
    exit: 66,
    message: /nothing was said/,
  });
});

test('tail begins with the last texts, goes on with what comes, and over to the transcript after /clear', async () => {
  idle();
  tmux.set([mine()]);
  const over = new AbortController();
  const followed = await tail(context, { name: '%1', lines: 1, signal: over.signal });
  if (followed.kind !== 'session') throw new Error('expected a session');
  const next = 'd3adbeef-0000-4000-8000-000000000003';
  const seen: string[] = [];
  for await (const { text } of followed.said) {
    seen.push(text);
    if (text === 'fine') says('user', 'more');
    if (text === 'more') {
      registered('idle', { sessionId: next });
      const line = JSON.stringify({ type: 'user', message: { content: 'after /clear' } });
      writeFileSync(join(config, 'projects', 'work', `${next}.jsonl`), `${line}\n`);
    }
    if (text === 'after /clear') over.abort();
  }
  expect(seen).toEqual(['fine', 'more', 'after /clear']);
});

/** Looks that were begun: each asks tmux twice. */
const looks = (count: number) => expect.poll(() => tmux.calls(), { timeout: 30_000 }).toBeGreaterThan(2 * count);

const order = { name: '%1', intervalMs: 20, timeoutMs: 60_000, debounceMs: 0 };

test('wait is DONE at once in an idle session, and MODAL at a dialog', async () => {
  idle();
  tmux.set([mine()]);
  const done = await wait(context, order);
  expect(jsonViolations('wait', done)).toEqual([]);
  expect(done).toMatchObject({ result: 'DONE', address: 'work:1.0', session: ID });
  registered('waiting', { waitingFor: 'permission prompt' });
  tmux.set([mine({ screen: PERMISSION })]);
  expect(await wait(context, order)).toMatchObject({ result: 'MODAL', subtype: 'permission' });
});

test('wait notices the end of a turn, however long the interval is', async () => {
  registered('busy');
  says('user', 'work');
  tmux.set([mine({ screen: screenNamed('busy_streaming') })]);
  const waited = wait(context, { ...order, intervalMs: 600_000 });
  await looks(1);
  // The screen first: the registry is what is watched.
  tmux.set([mine()]);
  says('assistant', 'done', { stop_reason: 'end_turn' });
  registered('idle');
  expect(await waited).toMatchObject({ result: 'DONE' });
});

test('wait ends with 75 when its time is over, when the pane is gone, and when claude is', async () => {
  registered('busy');
  tmux.set([mine({ screen: screenNamed('busy_streaming') })]);
  await expect(wait(context, { ...order, timeoutMs: 1 })).rejects.toMatchObject({ exit: 75, message: /it is busy/ });
  const before = tmux.calls() / 2;
  const waited = wait(context, order);
  waited.catch(() => {});
  await looks(before + 1);
  tmux.set([]);
  await expect(waited).rejects.toMatchObject({ exit: 75, message: /is gone/ });
});

test('wait is for sessions: an agent is refused, and nobody is unknown', async () => {
  tmux.set([mine()]);
  await expect(wait(context, { ...order, name: 'worker' })).rejects.toMatchObject({ exit: 64 });
  await expect(wait(context, { ...order, name: 'nobody' })).rejects.toMatchObject({ exit: 66 });
});

test('a question that was sent stays asked: no answer in time, a dialog and a pane that is gone are 75, and say where to look', async () => {
  const asked = { name: '%1', text: 'q', sentMs: 0, timeoutMs: 0 };
  const hint = /was sent.*peek %1/;
  registered('busy');
  tmux.set([mine({ screen: screenNamed('busy_streaming') })]);
  await expect(answerIn(context, asked)).rejects.toMatchObject({ exit: 75, message: /no answer within 0 s/, hint });
  const later = { ...asked, timeoutMs: 60_000 };
  registered('waiting', { waitingFor: 'permission prompt' });
  tmux.set([mine({ screen: PERMISSION })]);
  await expect(answerIn(context, later)).rejects.toMatchObject({
    ...{ exit: 75, message: /stands at a dialog/, hint: /was sent.*status %1/ },
  });
  tmux.set([]);
  await expect(answerIn(context, later)).rejects.toMatchObject({ exit: 75, message: /no pane/, hint });
});

test('the answer to a question is that of its turn, and a turn that ends without one is told (1)', async () => {
  const asked = { name: '%1', text: 'hello', sentMs: 0, timeoutMs: 60_000 };
  idle();
  tmux.set([mine()]);
  expect(await answerIn(context, asked)).toBe('fine');
  says('user', '[Request interrupted by user]');
  await expect(answerIn(context, asked)).rejects.toMatchObject({ exit: 1, message: /interrupted/, hint: /was sent/ });
});

test('a verb of panes says of an agent that it is no session, and of nobody that it is unknown', async () => {
  tmux.set([mine()]);
  await expect(paneOf(context, { name: 'worker' })).rejects.toMatchObject({
    exit: 66,
    message: '"worker" is no session in tmux',
    hint: 'What it does: agent-runner status worker',
  });
  await expect(paneOf(context, { name: 'workre' })).rejects.toMatchObject({ hint: 'Did you mean "worker"?' });
  const nobody = () => paneOf(context, { name: 'nobody' });
  await expect(nobody()).rejects.toMatchObject({ exit: 66, message: 'there is no session, pane or agent "nobody"' });
  await hooked('%1');
  await expect(nobody()).rejects.toMatchObject({ hint: expect.stringMatching(/^Sessions: \S+\.$/) });
});

test('with a debounce it must stay idle: a turn in between begins the time anew', () => {
  const step = (
    state: 'idle' | 'busy' | 'modal' | 'other',
    subtype: string | null,
    since: number | null,
    now: number,
    what: 'DONE' | 'GONE' = 'DONE',
  ) =>
    waitStep(
      { state, subtype, isTurnOver: state === 'idle' },
      since === null ? null : { what, sinceMs: since },
      now,
      100,
    );
  expect(step('idle', null, null, 1_000)).toEqual({
    ...{ end: null, standing: { what: 'DONE', sinceMs: 1_000 }, lookAgainMs: 100 },
  });
  expect(step('idle', null, 1_000, 1_060)).toMatchObject({ end: null, lookAgainMs: 40 });
  expect(step('busy', null, 1_000, 1_070)).toMatchObject({ end: null, standing: null });
  expect(step('idle', null, 1_000, 1_100)).toMatchObject({ end: 'DONE' });
  expect(step('modal', 'question', 1_000, 1_050)).toMatchObject({ end: 'MODAL' });
  expect(step('other', 'crashed', 1_000, 1_050)).toMatchObject({ end: 'GONE' });
  // Its registry may just be written again.
  const goneMs = 1_000 + limits.waitGoneMs;
  expect(step('other', 'no-session', 1_000, goneMs)).toMatchObject({ end: null, standing: { sinceMs: goneMs } });
  expect(step('other', 'no-session', 1_000, goneMs - 1, 'GONE')).toMatchObject({ end: null, lookAgainMs: 1 });
  expect(step('other', 'no-session', 1_000, goneMs, 'GONE')).toMatchObject({ end: 'GONE' });
});

test('wait and ask end with the turn, although somebody has begun to type the next prompt', async () => {
  idle();
  tmux.set([mine({ screen: screenNamed('draft-80') })]);
  const over = { name: '%1', intervalMs: 60_000, debounceMs: 0 };
  expect(await wait(context, { ...over, timeoutMs: 60_000 })).toMatchObject({ result: 'DONE' });
  // A prompt that has no answer yet: the registry follows it in a moment.
  says('user', 'and then?');
  registered('idle', { statusUpdatedAt: Date.parse('2026-11-30T09:00:00Z') });
  await expect(wait(context, { ...over, timeoutMs: 0 })).rejects.toMatchObject({ exit: 75, message: /drafting/ });
  registered('busy');
  await expect(wait(context, { ...over, timeoutMs: 0 })).rejects.toMatchObject({ exit: 75, message: /drafting/ });
});

test('a pane that was found is looked at again with one call of tmux, as long as the same session is open in it', async () => {
  idle();
  tmux.set([mine(), mine({ id: '%4', address: 'work:1.1', pid: 1 })]);
  const first = await paneOf(context, { name: 'work:1.0' });
  const port = createTmux(first.socket, context.env);
  const before = tmux.calls();
  registered('waiting', { waitingFor: 'permission prompt' });
  tmux.set([mine({ screen: PERMISSION })]);
  expect(await lookAgain(port, first, context.env)).toMatchObject({ state: 'modal', subtype: 'permission' });
  expect(tmux.calls() - before).toBe(1);
  registered('idle', { sessionId: ID.replace(/1$/, '2') });
  expect(await lookAgain(port, first, context.env)).toBeNull();
  registered('idle', { procStart: '1' });
  expect(await lookAgain(port, first, context.env)).toBeNull();
  expect(await lookAgain(port, { ...first, open: null }, context.env)).toBeNull();
});

test('wait ends with a claude that is killed, although no file tells of it, and not while one has still to begin', async () => {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)']);
  await once(child.stdout, 'data');
  const entry = {
    sessionId: ID,
    pid: child.pid,
    procStart: startTimeSync(child.pid!),
    entrypoint: 'cli',
    status: 'busy',
  };
  writeFileSync(join(config, 'sessions', `${child.pid}.json`), JSON.stringify(entry));
  tmux.set([mine({ pid: child.pid!, screen: screenNamed('streaming-80') })]);
  const order = { name: '%1', intervalMs: 60_000, timeoutMs: 60_000, debounceMs: 0 };
  const waiting = wait(context, order);
  // The second look follows the first.
  await expect.poll(() => tmux.calls()).toBeGreaterThanOrEqual(3);
  child.kill('SIGKILL');
  await expect(waiting).rejects.toMatchObject({ exit: 75, message: /is gone: claude has no session open/ });
  await expect(wait(context, { ...order, timeoutMs: 0 })).rejects.toMatchObject({ message: /was not done within/ });
});
