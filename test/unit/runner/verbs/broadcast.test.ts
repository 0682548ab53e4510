// One text to many: who gets it, once each, whatever was killed before; groups, and how often.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Inbox, rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { readOwnMessage } from '#blackboard/messages/own-message.ts';
import { registerSession } from '#blackboard/peers/sessions.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { identify } from '#blackboard/system/process-identity.ts';
import type { Broadcast } from '#runner/results/messages.ts';
import { askGroup } from '#runner/verbs/ask-group.ts';
import { type BroadcastInput, broadcast } from '#runner/verbs/broadcast.ts';
import { takeBroadcast } from '#runner/verbs/broadcast-pace.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type VerbRoot, verbRoot } from './verb-root.ts';

let place: VerbRoot;
let claude: ChildProcess;
let inboxes: Record<string, Inbox>;
const SESSION = '963bf434-039c-4310-b9b7-061eef298631';
beforeEach(async () => {
  place = await verbRoot();
  inboxes = {};
  for (const name of ['api', 'apple', 'web']) inboxes[name] = (await place.agent(name)).inbox;
  const peer = { branch: null, tmux: null, configDir: null, transcript: null, startedAt: new Date().toISOString() };
  const { root, files } = place.context;
  // A process that is none of those that called this one.
  claude = spawn('sleep', ['600']);
  await registerSession(files, root, { id: SESSION, cwd: '/src/app', process: await identify(claude.pid!), ...peer });
  inboxes.app = sessionLayout(root, SESSION).inbox;
});
afterEach(() => {
  claude.kill('SIGKILL');
  return place[Symbol.asyncDispose]();
});

const said = (changes: Partial<BroadcastInput> = {}): BroadcastInput => ({
  ...{ text: 'the build is red', files: [], cwd: place.home, kind: 'note', wake: false, from: 'operator' },
  ...changes,
});
const tell = async (changes: Partial<BroadcastInput> = {}): Promise<Broadcast> => {
  const told = await broadcast(asOperator(), said(changes));
  expect(jsonViolations('broadcast', told)).toEqual([]);
  return told;
};
/** Another environment for each call: who calls is remembered by it. */
const asOperator = (files: Files = place.context.files) => ({ ...place.context, env: { ...place.context.env }, files });
const to = ({ peers }: Broadcast) => peers.map(({ to, delivery }) => `${to} ${delivery}`);
const waiting = (name: string) =>
  readdirSync(inboxes[name]!.new).map(each => readOwnMessage(readFileSync(join(inboxes[name]!.new, each), 'utf8'))!);

test('everybody else gets it, agents and living sessions, in a message of its own with one trace for all', async () => {
  const told = await tell();
  expect(to(told)).toEqual(['api delivered', 'apple delivered', 'web delivered', 'app delivered']);
  expect(new Set(told.peers.map(({ id }) => id)).size).toBe(4);
  expect(waiting('app')).toMatchObject([{ from: 'operator', kind: 'note', trace: told.id, body: 'the build is red' }]);
});

test('who is meant is chosen by kind, name, beginning and group, and who is left out likewise', async () => {
  writeFileSync(rootLayout(place.context.root).config, 'groups:\n  backend: [api, app, gone]\n');
  expect(to(await tell({ only: 'sessions' }))).toEqual(['app delivered']);
  expect(to(await tell({ only: 'agents', except: ['web', 'app'] }))).toEqual(['api delivered', 'apple delivered']);
  expect(to(await tell({ except: ['@backend', 'w'] }))).toEqual(['apple delivered']);
  expect(to(await tell({ to: ['@backend', 'api'] }))).toEqual(['gone failed', 'api delivered', 'app delivered']);
  await expect(tell({ to: ['@frontend'] })).rejects.toMatchObject({ exit: 66, hint: 'There are: @backend.' });
  await expect(tell({ except: ['nobody'] })).rejects.toMatchObject({ exit: 66 });
  await expect(tell({ to: ['a'] })).rejects.toMatchObject({
    exit: 64,
    message: '"a" is the beginning of 3 names: api (agent), apple (agent), app (session)',
  });
  await expect(tell({ to: ['web'], except: ['web'] })).rejects.toMatchObject({ exit: 66 });
});

test('one that cannot be reached keeps it from nobody, and a repeat under the id delivers only what is missing', async () => {
  const files: Files = {
    ...place.context.files,
    async link(from, path) {
      if (path.startsWith(inboxes.apple!.ids)) throw Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' });
      return place.context.files.link(from, path);
    },
  };
  const told = await broadcast(asOperator(files), said());
  expect(to(told)).toEqual(['api delivered', 'apple failed', 'web delivered', 'app delivered']);
  const again = await tell({ key: told.id });
  expect(to(again)).toEqual(['api duplicate', 'apple delivered', 'web duplicate', 'app duplicate']);
  expect(again.peers.map(({ id }) => id)).toEqual(told.peers.map(({ id }) => id));
  await expect(tell({ key: told.id, text: 'green again' })).rejects.toMatchObject({ exit: 65 });
});

/** Killed at its n-th effect, and the same command again. */
async function killedAt(diesAt: number, key: string, text: string, forgets = false): Promise<boolean> {
  let effects = 0;
  let died = () => {};
  const death = new Promise<'died'>(resolve => {
    died = () => resolve('died');
  });
  const files = new Proxy<Files>(place.context.files, {
    get:
      (target, verb: keyof Files) =>
      (...args: unknown[]) => {
        if (++effects < diesAt) return (target[verb] as (...given: unknown[]) => unknown).apply(target, args);
        died();
        return new Promise(() => {});
      },
  });
  const to = ['api', 'web', 'app'];
  const how = await Promise.race([broadcast(asOperator(files), said({ key, text, to })), death]);
  await broadcast(asOperator(), said({ key: forgets ? `${key}-new` : key, text, to }));
  return how !== 'died';
}

const NO_LIMIT = async () => {
  const { broadcasts } = rootLayout(place.context.root);
  for (const name of readdirSync(broadcasts)) await place.context.files.remove(join(broadcasts, name));
};

test('killed at every effect and repeated, each has it once; under a new key, some have it twice', async () => {
  const effects = [];
  for (let diesAt = 1, ended = false; !ended; diesAt++) {
    ended = await killedAt(diesAt, `key-${diesAt}`, `text ${diesAt}`);
    await NO_LIMIT();
    effects.push(`text ${diesAt}`);
  }
  expect(effects.length).toBeGreaterThan(40);
  for (const name of ['api', 'web', 'app'])
    expect(
      waiting(name)
        .map(({ body }) => body)
        .sort(),
      name,
    ).toEqual([...effects].sort());
  await killedAt(60, 'control', 'control', true);
  const twice = ['api', 'web', 'app'].some(name => waiting(name).filter(({ body }) => body === 'control').length > 1);
  expect(twice).toBe(true);
});

test('a text over 64 KiB goes as a file, once for each however often it is repeated, and over 256 KB not at all', async () => {
  const text = 'x'.repeat(limits.bodyBytesMax + 1);
  const told = await tell({ text: Readable.from([Buffer.from(text)]), key: 'long', to: ['api', 'web'] });
  expect(waiting('web')).toMatchObject([{ body: '', attachments: [{ name: 'message.txt', sizeBytes: text.length }] }]);
  expect(to(await tell({ text, key: 'long', to: ['api', 'web'] }))).toEqual(['api duplicate', 'web duplicate']);
  expect(readdirSync(join(inboxes.api!.files, told.peers[0]!.id!))).toEqual(['message.txt']);
  for (const over of ['x'.repeat(limits.broadcastBytesMax + 1), Readable.from([Buffer.alloc(300_000, 'x')])])
    await expect(tell({ text: over })).rejects.toMatchObject({ exit: 64, message: /at most 256 KB/ });
  await expect(tell({ text: ' \n' })).rejects.toMatchObject({ exit: 64 });
});

test('of a thousand broadcasts in a minute, a sender gets its limit, the others are refused, and another sender has its own', async () => {
  const { files, root } = place.context;
  const minute = 1_795_000_020_000;
  const take = (peer: string, nowMs: number) => takeBroadcast(files, root, { peer, peerId: undefined }, nowMs);
  const all = await Promise.allSettled(Array.from({ length: 1_000 }, (_, at) => take('api', minute + at)));
  const refused = all.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(1_000 - limits.broadcastsPerMinute);
  expect(refused[0]).toMatchObject({ reason: { exit: 77, message: /api has broadcast 20 times in this minute/ } });
  await take('web', minute);
  await take('api', minute + 60_000);
  expect(readdirSync(rootLayout(root).broadcasts)).toHaveLength(1);
});

test('the limit is met by the command', async () => {
  for (let sent = 0; sent < limits.broadcastsPerMinute; sent++) await tell({ to: ['web'] });
  // A new minute may begin just now.
  const more = await Promise.allSettled(
    Array.from({ length: limits.broadcastsPerMinute + 1 }, () => tell({ to: ['web'] })),
  );
  expect(more.some(({ status }) => status === 'rejected')).toBe(true);
});

test('a group is asked at once: who answers is heard, who is not there or silent is named', async () => {
  writeFileSync(rootLayout(place.context.root).config, 'groups:\n  backend: [api, web, gone]\n');
  const input = { ...said({ kind: 'question' }), to: '@backend', timeoutMs: 0 };
  const asked = await askGroup(asOperator(), input, { signal: new AbortController().signal });
  expect(asked.map(({ to, id, outcome }) => ({ to, isSent: id !== null, outcome }))).toEqual([
    { to: 'api', isSent: true, outcome: null },
    { to: 'web', isSent: true, outcome: null },
    { to: 'gone', isSent: false, outcome: null },
  ]);
  expect(jsonViolations('ask', asked)).toEqual([]);
});
