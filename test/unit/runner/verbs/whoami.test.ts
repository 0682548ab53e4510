// Who calls, and what a peer says that it does: bounded, for a day, and safe to show whatever it is.
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rootLayout } from '#blackboard/layout.ts';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { limits } from '#blackboard/system/limits.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import { list } from '#runner/verbs/list.ts';
import { status } from '#runner/verbs/status.ts';
import { whoami } from '#runner/verbs/whoami.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type VerbRoot, verbRoot } from './verb-root.ts';

let place: VerbRoot;
const ID = '963bf434-039c-4310-b9b7-061eef298631';
beforeEach(async () => {
  place = await verbRoot();
  await place.agent('worker');
});
afterEach(() => place[Symbol.asyncDispose]());

/** From now on this process is in a session. */
const beSession = () =>
  registerSession(place.context.files, place.context.root, {
    ...{
      id: ID,
      cwd: '/src/app',
      branch: null,
      process: selfIdentity(),
      tmux: null,
      configDir: null,
      transcript: null,
    },
    startedAt: new Date().toISOString(),
  });
/** Who calls is remembered by the environment. */
const context = () => ({ ...place.context, env: { ...place.context.env } });
const saidInList = async () =>
  (await list(context())).peers.flatMap(each => ('says' in each && each.says !== null ? [[each.name, each.says]] : []));

test('a person is the operator, and a session is itself', async () => {
  const me = await whoami(context());
  expect(jsonViolations('whoami', me)).toEqual([]);
  expect(me).toMatchObject({ kind: 'operator', name: 'operator', id: null, turn: null, unread: 0 });
  // As a file manager leaves it: no message.
  writeFileSync(join(rootLayout(place.context.root).operator, 'inbox', 'new', '.DS_Store'), '');
  expect(await whoami(context())).toMatchObject({ unread: 0 });
  await beSession();
  expect(await whoami(context())).toMatchObject({ kind: 'session', name: 'app', id: ID, says: null });
  await expect(whoami({ ...context(), env: { CLAUDECODE: '1' } })).resolves.toMatchObject({ name: 'app' });
});

test('a claude that nobody knows is refused', async () => {
  await expect(whoami({ ...context(), env: { CLAUDECODE: '1' } })).rejects.toMatchObject({ exit: 77 });
});

test('what a peer says of itself is in list, status and whoami, until it takes it back or a day is over', async () => {
  await expect(status(context(), { name: 'worker', says: 'no' })).rejects.toMatchObject({ exit: 64 });
  await beSession();
  await expect(status(context(), { name: 'worker', says: 'no' })).rejects.toMatchObject({ exit: 64 });
  const seen = await status(context(), { name: 'self', says: ' reviewing #12 ' });
  expect(jsonViolations('status', seen)).toEqual([]);
  expect(seen).toMatchObject({ name: 'app', says: 'reviewing #12' });
  expect(await saidInList()).toEqual([['app', 'reviewing #12']]);
  expect(await whoami(context())).toMatchObject({ says: 'reviewing #12' });
  const { says } = rootLayout(place.context.root);
  const yesterday = Date.now() / 1000 - 86_401;
  utimesSync(join(says, ID), yesterday, yesterday);
  expect(await saidInList()).toEqual([]);
  await status(context(), { name: 'self', says: 'again' });
  writeFileSync(join(says, 'worker'), 'old');
  utimesSync(join(says, 'worker'), yesterday, yesterday);
  expect(await status(context(), { name: 'self', says: '' })).toMatchObject({ says: null });
  expect(readdirSync(says)).toEqual([]);
});

test('it is bounded, and one printable line whatever was written', async () => {
  await beSession();
  const tooLong = 'x'.repeat(limits.saysCharsMax + 1);
  await expect(status(context(), { name: 'self', says: tooLong })).rejects.toMatchObject({ exit: 64 });
  for (const text of ['a\u001b[2Jb', 'a\nFORGED', 'a\u202eb', '\u0007']) {
    expect(await status(context(), { name: 'self', says: text })).toMatchObject({ says: printableLine(text) });
  }
  writeFileSync(join(rootLayout(place.context.root).says, 'worker'), `\u001b]0;x\u0007${'y'.repeat(5_000)}\nFORGED`);
  const [[, said] = []] = await saidInList();
  expect(said).toHaveLength(limits.saysCharsMax);
});
