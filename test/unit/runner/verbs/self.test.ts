// What self refuses, when it runs and when it gives up: the registry and the processes are real files and this very process, which is
// claude and its tool call in one; tmux is a script that takes no keys.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sessionLayout } from '#blackboard/layout.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { readText } from '#blackboard/system/files.ts';
import { type ProcessIdentity, selfIdentity } from '#blackboard/system/process-identity.ts';
import { lockPane } from '#runner/panes/pane-lock.ts';
import type { OwnCommand } from '#runner/results/panes.ts';
import { cmd } from '#runner/verbs/cmd.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { requireOwnPane } from '#runner/verbs/own-pane.ts';
import { self, selfStep } from '#runner/verbs/self.ts';
import { type FakeTmux, fakeTmux } from '#test/support/fake-tmux.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { openTurn } from '#test/support/open-turn.ts';
import { screenNamed } from '#test/support/pane-fixtures.ts';
import { makeWorkerRoot, type WorkerRoot } from './worker-root.ts';

const ID = 'd3adbeef-0000-4000-8000-000000000001';

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
  shows('busy_tool_running');
  registered(ID, 'busy');
});
afterEach(() => root.clear());

const transcript = () => join(config, 'projects', 'work', `${ID}.jsonl`);
const shows = (screen: string) =>
  tmux.set([{ id: '%1', address: 'work:1.0', pid: process.pid, screen: screenNamed(screen) }]);
const registered = (sessionId: string, status: string, more: object = {}) =>
  writeFileSync(
    join(config, 'sessions', `${process.pid}.json`),
    JSON.stringify({
      ...{ sessionId, pid: process.pid, procStart: selfIdentity().startTime, entrypoint: 'cli', name: 'work-50' },
      ...{ status, statusUpdatedAt: Date.now(), tmux: 'work:@1.%1', ...more },
    }),
  );
const hooked = () =>
  registerSession(context.files, context.root, {
    ...{ id: ID, cwd: '/src/app', branch: null, process: selfIdentity(), configDir: config, transcript: transcript() },
    ...{ tmux: { socket: tmux.env.AGENT_RUNNER_TMUX, pane: '%1' }, startedAt: new Date().toISOString() },
  });
const ended = () =>
  appendFileSync(
    transcript(),
    `${JSON.stringify({
      ...{ type: 'assistant', timestamp: '2026-11-30T10:00:00.000Z', isSidechain: false },
      message: { content: [{ type: 'text', text: 'fine' }], stop_reason: 'end_turn' },
    })}\n`,
  );
const asks = (command: string, whenQueued: (queued: OwnCommand) => void = () => {}, timeoutMs = 20_000) =>
  self(context, { command, timeoutMs }, async queued => whenQueued(queued));
const notes = async () => {
  const { inbox } = sessionLayout(context.root, ID);
  const names = await context.files.list(inbox.new);
  const read = names.map(async name =>
    decodeMessage((await readText(context.files, join(inbox.new, name), 1e6))!, name),
  );
  return Promise.all(read);
};

test.each([
  ['hello', 64],
  ['/compact\nmore', 64],
  [`/compact ${'x'.repeat(900)}`, 64],
  ['/clear', 77],
  ['/exit', 77],
  ['/COMPACT', 77],
  ['/compact-all', 77],
])('%j is refused, whoever asks', async (command, exit) => {
  await hooked();
  await expect(asks(command)).rejects.toMatchObject({ exit });
  expect(tmux.calls()).toBe(0);
});

test('only a tool call of the session that stands in a pane may ask: no person, no turn, no other claude', async () => {
  await expect(asks('/compact')).rejects.toMatchObject({ exit: 77, message: expect.stringContaining('no') });
  await hooked();
  // Another environment: who calls is looked up once for each.
  const as = (env: Record<string, string>) => ({ ...context, env: { ...context.env, ...env } });
  await expect(requireOwnPane(as({}))).resolves.toMatchObject({ peer: { id: ID }, view: { state: 'busy' } });
  await expect(requireOwnPane(as({ TMUX_PANE: '%1' }))).resolves.toBeDefined();
  await expect(requireOwnPane(as({ TMUX_PANE: '%2' }))).rejects.toMatchObject({ exit: 77 });
  // A claude in between, which has no pane.
  const between: ProcessIdentity = { ...selfIdentity(), pid: process.ppid };
  await expect(requireOwnPane(as({ X: '1' }), [between])).rejects.toMatchObject({ exit: 77 });
  await expect(requireOwnPane(as({ X: '2' }), [])).rejects.toMatchObject({ exit: 77 });
  await expect(requireOwnPane(as(openTurn(context.root, 'worker')))).rejects.toMatchObject({ exit: 77 });
  registered(ID, 'busy', { tmux: 'work:@1.%7' });
  tmux.set([{ id: '%1', address: 'work:1.0', pid: 1, screen: screenNamed('busy_tool_running') }]);
  await expect(requireOwnPane(as({ X: '3' }))).rejects.toMatchObject({
    exit: 77,
    message: expect.stringContaining('another claude'),
  });
  tmux.set([]);
  await expect(requireOwnPane(as({ X: '4' }))).rejects.toMatchObject({ exit: 66 });
  tmux.set(null);
  await expect(requireOwnPane(as({ X: '5' }))).rejects.toMatchObject({ exit: 69 });
});

test('the other verbs refuse the own pane, and name the one that works', async () => {
  await hooked();
  const order = { name: 'work:1.0', command: '/compact', isConfirmed: true, force: true };
  await expect(cmd(context, order)).rejects.toMatchObject({
    ...{ exit: 77, message: expect.stringContaining('own pane'), hint: expect.stringContaining('agent-runner self') },
  });
});

test('at a draft and at a dialog nothing waits', async () => {
  await hooked();
  const queued = vi.fn();
  shows('idle_draft');
  await expect(asks('/compact', queued)).rejects.toMatchObject({ exit: 75 });
  shows('modal_permission_bash');
  registered(ID, 'waiting', { waitingFor: 'permission prompt' });
  await expect(asks('/compact', queued)).rejects.toMatchObject({ exit: 75 });
  expect(queued).not.toHaveBeenCalled();
  expect(await notes()).toEqual([]);
});

test('one waits for a pane, and what makes it give up is told to the session itself', async () => {
  await hooked();
  let first: Promise<OwnCommand> | undefined;
  const told = await new Promise<OwnCommand>(resolve => {
    first = asks('/compact keep the names', resolve);
  });
  expect(jsonViolations('self', told)).toEqual([]);
  expect(told).toMatchObject({ session: ID, command: '/compact keep the names', waiter: process.pid, delivery: null });
  await expect(asks('/context')).rejects.toMatchObject({ exit: 75, message: expect.stringContaining('already') });
  shows('idle_draft');
  registered(ID, 'idle');
  await expect(first).rejects.toMatchObject({ exit: 75, message: expect.stringContaining('draft') });
  const [note] = await notes();
  expect(note).toMatchObject({ kind: 'note', body: expect.stringContaining('/compact keep the names') });
  expect(note!.body).toContain('was not run: a text was being typed');
  // The next one may wait.
  (await lockPane(tmux.env.AGENT_RUNNER_TMUX, 'self %1', 0))();
});

test('a pane that takes no keys, and a turn that does not end, are told, too', async () => {
  await hooked();
  await expect(asks('/compact', undefined, 0)).rejects.toMatchObject({ exit: 75 });
  ended();
  shows('idle_named');
  registered(ID, 'idle');
  await expect(asks('/compact')).rejects.toMatchObject({ exit: 75, message: expect.stringContaining('takes no keys') });
  expect((await notes()).map(({ body }) => body).sort()).toEqual([
    expect.stringContaining('takes no keys'),
    expect.stringContaining('has not ended within 0 s'),
  ]);
});

test('when it runs and when it gives up', () => {
  const open = (sessionId: string) => ({ sessionId }) as never;
  const step = (state: Parameters<typeof selfStep>[0]['state'], subtype: string | null = null, id = ID) =>
    selfStep({ state, subtype, open: open(id), reason: 'so it is' }, ID);
  expect(step('idle')).toBe('run');
  expect(step('busy')).toBe('wait');
  expect(step('other', 'disagree')).toBe('wait');
  expect(step('other', 'copy-mode')).toBe('wait');
  for (const given of [
    step('drafting', 'busy'),
    step('modal', 'permission'),
    step('other', 'dead'),
    step('idle', null, 'x'),
  ])
    expect(given).toMatchObject({ givesUp: expect.any(String) });
});
