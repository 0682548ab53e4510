// Claims and task lists as functions: who has what, who loses, who may give it back. Agents call as the owners that they are.
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sweepClaims, takeClaim } from '#blackboard/claims/claiming.ts';
import { ownerOf } from '#blackboard/claims/owners.ts';
import { agentLayout, rootLayout } from '#blackboard/layout.ts';
import { limits } from '#blackboard/system/limits.ts';
import { eventLines } from '#runner/events/event-lines.ts';
import { board } from '#runner/verbs/board.ts';
import { type ClaimInput, claim } from '#runner/verbs/claim.ts';
import { thingsMeant } from '#runner/verbs/claimed-thing.ts';
import { claims } from '#runner/verbs/claims.ts';
import { post } from '#runner/verbs/post.ts';
import { release } from '#runner/verbs/release.ts';
import { taskAdd } from '#runner/verbs/task-add.ts';
import { taskDone } from '#runner/verbs/task-done.ts';
import { taskTake } from '#runner/verbs/task-take.ts';
import { tasks } from '#runner/verbs/tasks.ts';
import { eventsIn } from '#test/support/events-in.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type VerbRoot, verbRoot } from './verb-root.ts';

let place: VerbRoot;
let cwd: string;
beforeEach(async () => {
  place = await verbRoot();
  cwd = join(place.home, 'repo');
  await mkdir(join(cwd, 'src'), { recursive: true });
});
afterEach(() => place[Symbol.asyncDispose]());

const claiming = (what: string, changes: Partial<ClaimInput> = {}) => claim(place.context, { what, cwd, ...changes });
const releasing = (what: string) => release(place.context, { what, cwd });

/** The same as an agent that has a turn would do it. */
async function claimAs(agent: string, what: string, ttlMs = 60_000) {
  const { files, root } = place.context;
  const [thing] = await thingsMeant(place.context, { what, cwd });
  const owner = await ownerOf(files, root, 'agent', agent);
  return takeClaim(files, root, { thing: thing!, owner, peer: agent, ttlMs, nowMs: Date.now() });
}

test('what is claimed is told by what was typed: a path, a key, an entry, or the key of an entry', async () => {
  const whatIs = async (what: string, changes: Partial<ClaimInput> = {}) => {
    const claimed = await claiming(what, changes);
    expect(jsonViolations('claim', claimed)).toEqual([]);
    expect(claimed).toMatchObject({ state: 'claimed', claim: { by: 'operator', owner: 'operator', isOwn: true } });
    return claimed.claim.what;
  };
  const plain = await post(place.context, { text: 'a', kind: 'note', cwd });
  const keyed = await post(place.context, { text: 'a', kind: 'note', key: 'k', topic: 't', cwd });
  if (!('id' in plain) || !('id' in keyed)) throw new Error('both are posted');
  await symlink(join(cwd, 'src'), join(cwd, 'link'));
  expect(await whatIs('src')).toEqual({ kind: 'path', base: join(cwd, 'src'), glob: '**' });
  expect(await whatIs('later/')).toEqual({ kind: 'path', base: join(cwd, 'later'), glob: '**' });
  expect(await whatIs('./link/new/file')).toEqual({ kind: 'path', base: join(cwd, 'src/new/file') });
  expect(await whatIs('link/*.ts')).toEqual({ kind: 'path', base: join(cwd, 'src'), glob: '*.ts' });
  expect(await whatIs('deploy')).toEqual({ kind: 'key', key: 'deploy' });
  expect(await whatIs('src', { as: 'key' })).toEqual({ kind: 'key', key: 'src' });
  expect(await whatIs('deploy', { as: 'path' })).toEqual({ kind: 'path', base: join(cwd, 'deploy') });
  expect(await whatIs(plain.id.slice(-8))).toEqual({ kind: 'entry', id: plain.id });
  expect(await whatIs(keyed.id)).toEqual({ kind: 'key', key: 'k', topic: 't' });
  expect(await claiming('k', { topic: 't' })).toMatchObject({ state: 'lost', claim: { isOwn: true } });
  expect(jsonViolations('claims', await claims(place.context))).toEqual([]);
});

test('who comes second loses and is told of the first; its own claim is only extended when that is said', async () => {
  await place.agent('a');
  await claimAs('a', 'deploy');
  expect(await claiming('deploy')).toMatchObject({ state: 'lost', claim: { by: 'a', isOwn: false } });
  expect(await claiming('build')).toMatchObject({ state: 'claimed' });
  expect(await claiming('build')).toMatchObject({ state: 'lost', claim: { isOwn: true } });
  const renewed = await claiming('build', { ttl: '2h', renew: true });
  expect(renewed).toMatchObject({ state: 'renewed' });
  expect(Date.parse(renewed.claim.until) - Date.parse(renewed.claim.since)).toBeGreaterThan(7_100_000);
  expect((await claims(place.context)).map(({ by }) => by)).toEqual(['a', 'operator']);
});

test('paths that overlap collide, but not those of one owner', async () => {
  await place.agent('a');
  await claimAs('a', 'src/**/*.ts');
  expect(await claiming('src/parser/')).toMatchObject({ state: 'lost', claim: { by: 'a' } });
  expect(await claiming('src/**/*.md')).toMatchObject({ state: 'claimed' });
  expect((await claimAs('a', 'src/a.ts')).kind).toBe('claimed');
});

test('a claim ends with its owner, and with its time', async () => {
  const { home } = await place.agent('a');
  await claimAs('a', 'deploy');
  await claimAs('a', 'build', 0);
  expect(await claiming('build')).toMatchObject({ state: 'claimed' });
  await rm(join(home, 'agent.md'));
  expect((await claims(place.context)).map(({ by }) => by)).toEqual(['operator']);
  expect(await claiming('deploy')).toMatchObject({ state: 'claimed', claim: { by: 'operator' } });
  // Another agent of the same name is another owner.
  await place.agent('b');
  await claimAs('b', 'docs/**');
  await writeFile(join(agentLayout(place.context.root, 'b').home, 'life'), '0123456789abcdef\n');
  expect(await claiming('docs/a')).toMatchObject({ state: 'claimed' });
});

test('a person gives anything back; what nobody has claimed, and a path that is gone, are told apart', async () => {
  await place.agent('a');
  await claimAs('a', 'deploy');
  await claimAs('a', 'src');
  const released = await releasing('deploy');
  expect(released).toMatchObject({ released: { by: 'a', isOwn: false } });
  expect(jsonViolations('release', released)).toEqual([]);
  await rm(join(cwd, 'src'), { recursive: true });
  expect(await releasing('src')).toMatchObject({
    released: { what: { kind: 'path', base: join(cwd, 'src'), glob: '**' } },
  });
  await expect(releasing('deploy')).rejects.toMatchObject({ exit: 1 });
  expect(await claims(place.context)).toEqual([]);
});

test.each<[string, string, Partial<ClaimInput>, number]>([
  ['nothing', '', {}, 64],
  ['two lines', 'a\nb', {}, 64],
  ['a text without an end', 'x'.repeat(limits.claimCharsMax + 1), {}, 64],
  ['a kind that is none', 'a', { as: 'thing' }, 64],
  ['a time that is none', 'a', { ttl: 'soon' }, 64],
  ['a time without an end', 'a', { ttl: '8d' }, 64],
  ['a glob that leads upwards', 'src/*/../..', {}, 64],
  ['an entry that is not there', '0f0c9e1b', { as: 'entry' }, 66],
])('%s cannot be claimed', async (_what, what, changes, exit) => {
  await expect(claiming(what, changes)).rejects.toMatchObject({ exit });
});

test('a task is open, then taken by one, then done; all of it stands on the board and among the claims', async () => {
  await place.agent('a');
  const first = await taskAdd(place.context, { text: 'mend the parser' });
  expect(jsonViolations('task add', first)).toEqual([]);
  await taskAdd(place.context, { text: 'tag it' });
  await post(place.context, { text: 'by hand', kind: 'task', topic: 'tasks', key: 'hand', cwd });
  await post(place.context, { text: 'no task', kind: 'note', topic: 'tasks', key: 'note', cwd });
  expect((await tasks(place.context, {})).map(({ text, state }) => [text, state])).toEqual([
    ...[
      ['mend the parser', 'open'],
      ['tag it', 'open'],
      ['by hand', 'open'],
    ],
  ]);
  await claimAs('a', first.id);
  const lost = await taskTake(place.context, { task: first.id });
  expect(lost).toMatchObject({ isTaken: false, task: { by: 'a', state: 'taken' } });
  const taken = await taskTake(place.context, {});
  expect(taken).toMatchObject({ isTaken: true, task: { text: 'tag it', by: 'operator' } });
  for (const each of [lost, taken]) expect(jsonViolations('task take', each)).toEqual([]);
  const done = await taskDone(place.context, { task: taken.task!.key.slice(-8), result: 'v2' });
  expect(done).toMatchObject({ state: 'done', text: 'done: tag it\nv2' });
  expect(jsonViolations('task done', done)).toEqual([]);
  await expect(taskDone(place.context, { task: taken.task!.key })).rejects.toMatchObject({ exit: 1 });
  expect(await taskTake(place.context, { task: taken.task!.key })).toMatchObject({ isTaken: false });
  expect((await claims(place.context)).map(({ by }) => by)).toEqual(['a']);
  expect(await taskTake(place.context, { task: 'hand' })).toMatchObject({ isTaken: true });
  expect(await taskTake(place.context, {})).toEqual({ isTaken: false, task: null });
  const all = await tasks(place.context, { all: true });
  expect(all.map(({ state }) => state)).toEqual(['taken', 'taken', 'done']);
  expect(jsonViolations('tasks', all)).toEqual([]);
  expect((await board(place.context, { topic: 'tasks' })).entries.map(({ text }) => text)).toContain(
    'done: tag it\nv2',
  );
  await expect(taskDone(place.context, { task: 'nothing' })).rejects.toMatchObject({ exit: 66 });
  await expect(taskAdd(place.context, { text: 'done: before it began' })).rejects.toMatchObject({ exit: 64 });
});

test('each claim, release and expiry is an event of its owner, told once it is on the disk', async () => {
  const { files, root } = place.context;
  const worker = await place.agent('worker');
  await claimAs('worker', 'deploy');
  await claimAs('worker', 'build', 0);
  await claiming('build');
  await claiming('build', { renew: true });
  await releasing('deploy');
  await releasing('build');
  await claimAs('worker', 'src', 0);
  await sweepClaims(files, root, Date.now());
  await claimAs('nobody', 'docs');
  await sweepClaims(files, root, Date.now());
  const told = async (path: string) =>
    (await eventsIn(files, path)).flatMap(event =>
      event.type.startsWith('claim.') ? [`${event.peer} ${event.type} ${'what' in event ? event.what : ''}`] : [],
    );
  const path = `path ${join(cwd, 'src')}/**`;
  expect(await told(worker.inbox.events)).toEqual([
    'worker claim.taken key "deploy"',
    'worker claim.taken key "build"',
    'worker claim.expired key "build"',
    'worker claim.released key "deploy"',
    `worker claim.taken ${path}`,
    `worker claim.expired ${path}`,
  ]);
  expect(await told(rootLayout(root).events)).toEqual([
    'operator claim.taken key "build"',
    'operator claim.released key "build"',
    'nobody claim.taken key "docs"',
    'nobody claim.expired key "docs"',
  ]);
  const [taken] = (await eventsIn(files, worker.inbox.events)).filter(({ type }) => type === 'claim.taken');
  expect(eventLines(taken!, Date.now())).toContain('worker  has claimed key "deploy", until ');
});
