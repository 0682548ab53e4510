// What spawn, fork and kill refuse before anything is started or ended, and how a session is known to stand.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { fork } from '#runner/verbs/fork.ts';
import { kill } from '#runner/verbs/kill.ts';
import { standOf } from '#runner/verbs/open-session.ts';
import { spawn } from '#runner/verbs/spawn.ts';
import { type FakeTmux, fakeTmux } from '#test/support/fake-tmux.ts';
import { screenNamed } from '#test/support/pane-fixtures.ts';
import { type VerbRoot, verbRoot } from './verb-root.ts';

let place: VerbRoot;
let tmux: FakeTmux;
let context: VerbContext;
beforeEach(async () => {
  place = await verbRoot();
  tmux = fakeTmux(place.home);
  const { PATH } = tmux.env;
  const claude = join(place.home, 'claude');
  writeFileSync(claude, '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(place.context.root, 'config.yaml'), `claude: ${claude}\n`);
  context = { ...place.context, env: { ...place.context.env, ...tmux.env, PATH, CLAUDE_CONFIG_DIR: place.home } };
});
afterEach(() => place[Symbol.asyncDispose]());

const spawns = (changes: Partial<Parameters<typeof spawn>[1]> = {}) =>
  spawn(context, {
    ...{ name: 'worker', cwd: place.home, args: [], resume: null, prompt: null, isTrusted: false },
    ...{ socket: undefined, timeoutMs: 1_000, ...changes },
  });
const session = (id: string, isAlive: boolean) =>
  registerSession(
    context.files,
    context.root,
    {
      ...{ id, cwd: place.home, branch: null, process: isAlive ? selfIdentity() : null, configDir: place.home },
      ...{ tmux: null, transcript: null, startedAt: new Date().toISOString() },
    },
    'taken',
  );
const ID = 'd3adbeef-0000-4000-8000-000000000001';

test.each([
  ['a name that is none', { name: '-R' }, 64],
  ['a name that would be an address', { name: 'work:1.0' }, 64],
  ['a name with a dot', { name: 'a.b' }, 64],
  ['a reserved name', { name: 'operator' }, 64],
  ['a directory that is not there', { cwd: '/etc/no-such-directory' }, 66],
  ['a file in place of a directory', { cwd: '/etc/passwd' }, 66],
  ['an empty prompt', { prompt: ' \n' }, 64],
  ['a text behind --', { args: ['hello'] }, 64],
  ['an id that is none', { resume: '--print' }, 64],
  ['another way to go on with a conversation', { args: ['--model', 'opus', '--resume=x'] }, 64],
] as const)('spawn refuses %s, and starts nothing', async (_, changes, exit) => {
  await expect(spawns(changes)).rejects.toMatchObject({ exit });
  expect(tmux.calls()).toBe(0);
});

test('spawn refuses the name of an agent and of a session that lives; one that is over gives its name', async () => {
  await place.agent('ann');
  await expect(spawns({ name: 'ann' })).rejects.toMatchObject({ exit: 64, message: expect.stringContaining('"ann"') });
  await session(ID, true);
  await expect(spawns({ name: 'taken' })).rejects.toMatchObject({ exit: 64 });
  expect(tmux.calls()).toBe(0);
  await session(ID, false);
  await expect(spawns({ name: 'taken' })).rejects.toMatchObject({ exit: 69 });
  expect(tmux.calls()).toBeGreaterThan(0);
});

test('a session that is open, and an agent’s own, are not gone on with by another process', async () => {
  mkdirSync(join(place.home, 'sessions'));
  const entry = join(place.home, 'sessions', `${process.pid}.json`);
  writeFileSync(entry, JSON.stringify({ sessionId: ID, pid: process.pid, procStart: selfIdentity().startTime }));
  await expect(spawns({ resume: ID })).rejects.toMatchObject({ exit: 75, hint: expect.stringContaining('fork') });
  rmSync(entry);
  const ann = await place.agent('ann');
  writeFileSync(ann.session, `${JSON.stringify({ id: ID })}\n`);
  await expect(spawns({ resume: ID })).rejects.toMatchObject({
    exit: 77,
    hint: expect.stringContaining('handover ann'),
  });
  expect(tmux.calls()).toBe(0);
  rmSync(ann.session);
  // As far as tmux, which is none.
  await expect(spawns({ resume: ID })).rejects.toMatchObject({ exit: 69 });
});

test('without a claude nothing is started', async () => {
  writeFileSync(join(context.root, 'config.yaml'), 'claude: /nonexistent/claude\n');
  await expect(spawns()).rejects.toMatchObject({ exit: 78 });
  expect(tmux.calls()).toBe(0);
});

test('fork wants a session, and one in which something was said', async () => {
  const order = { name: null, prompt: null, isTrusted: false, socket: undefined, timeoutMs: 1_000 };
  await expect(fork(context, { of: 'nobody', ...order })).rejects.toMatchObject({ exit: 66 });
  await session(ID, false);
  await expect(fork(context, { of: 'taken', ...order })).rejects.toMatchObject({
    ...{ exit: 66, message: expect.stringContaining('nothing was said') },
  });
  mkdirSync(join(place.home, 'projects', 'x'), { recursive: true });
  writeFileSync(join(place.home, 'projects', 'x', `${ID}.jsonl`), '{}\n');
  // As far as tmux, which is none.
  await expect(fork(context, { of: 'taken', ...order })).rejects.toMatchObject({ exit: 69 });
});

test('kill wants --confirm for a pane that is not of spawn, and a session in it', async () => {
  tmux.set([{ id: '%1', address: 'work:1.0', pid: process.pid, screen: screenNamed('idle_named') }]);
  await expect(kill(context, { name: 'nobody', isConfirmed: true })).rejects.toMatchObject({ exit: 66 });
  await expect(kill(context, { name: 'work:1.0', isConfirmed: false })).rejects.toMatchObject({
    ...{ exit: 77, message: expect.stringContaining('--confirm') },
  });
  await expect(kill(context, { name: 'work:1.0', isConfirmed: true })).rejects.toMatchObject({
    ...{ exit: 75, message: expect.stringContaining('no session open') },
  });
  expect(existsSync(join(context.root, 'logs', 'panes.jsonl'))).toBe(false);
});

test('a session stands once claude says so, or at a dialog, and not before', () => {
  const pane = { isDead: false } as never;
  const open = {} as never;
  expect(standOf({ state: 'idle', subtype: null, open, pane })).toBe('ready');
  expect(standOf({ state: 'drafting', subtype: null, open, pane })).toBe('ready');
  expect(standOf({ state: 'modal', subtype: 'trust', open: null, pane })).toBe('dialog');
  expect(standOf({ state: 'other', subtype: 'no-session', open: null, pane })).toBeNull();
  expect(standOf({ state: 'other', subtype: 'disagree', open, pane })).toBeNull();
  expect(standOf({ state: 'other', subtype: 'dead', open: null, pane })).toBe('ended');
});
