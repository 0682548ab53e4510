// What the page's server answers, to its own page and to everybody else.
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { raiseCard } from '#blackboard/cards/cards.ts';
import { lifeAt } from '#blackboard/peers/agent-life.ts';
import { limits } from '#blackboard/system/limits.ts';
import { ROUTES } from '#runner/dashboard/routes.ts';
import { read } from '#runner/verbs/read.ts';
import { type Json, type PageServer, pageServer } from './page-server.ts';

let server: PageServer;
beforeEach(async () => {
  server = await pageServer();
});
afterEach(() => server[Symbol.asyncDispose]());

test('the page’s files are for everybody, with a policy that allows nothing inline or from elsewhere', async () => {
  const answer = await server.ask('GET', '/', undefined, { authorization: undefined, 'sec-fetch-site': 'cross-site' });
  expect(answer.status).toBe(200);
  const policy = answer.headers.get('content-security-policy');
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  const again = await server.ask('GET', '/', undefined, { 'if-none-match': '"1"' });
  expect(again.status).toBe(304);
});

test('without its session nothing is answered, whatever is asked', async () => {
  const without = { authorization: undefined };
  const asked = [
    server.ask('GET', '/api/session', undefined, without),
    server.ask('GET', '/api/fleet', undefined, without),
    server.ask('GET', '/api/peers/ann/lines', undefined, without),
    server.ask('GET', '/api/nothing', undefined, without),
    ...Object.keys(ROUTES).map(verb => server.ask('POST', `/api/verbs/${encodeURIComponent(verb)}`, {}, without)),
    server.ask('GET', '/api/fleet', undefined, { authorization: `Bearer ${'x'.repeat(43)}` }),
    server.ask('GET', '/api/fleet', undefined, { authorization: undefined, cookie: 'agent-runner=1' }),
  ];
  for (const answer of await Promise.all(asked)) expect(answer.status).toBe(401);
});

test('a page of another origin can do nothing, session or not', async () => {
  await server.place.agent('ann');
  const letter = { to: 'ann', text: 'hello', key: 'k1' };
  for (const headers of [
    { origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-site' },
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
    { origin: undefined, 'sec-fetch-site': undefined },
    { host: 'rebound.example:7433', origin: 'http://rebound.example:7433' },
  ])
    expect((await server.ask('POST', '/api/verbs/send', letter, headers)).status).toBe(403);
  expect((await server.verb('inbox', { peer: 'ann', all: true })).said.messages).toEqual([]);
});

test('a session says where it is, and can be ended', async () => {
  const said = (await (await server.ask('GET', '/api/session')).json()) as object;
  expect(said).toMatchObject({ version: '1.2.3', host: 'box', readOnly: false, root: server.place.context.root });
  expect((await server.ask('DELETE', '/api/session')).status).toBe(204);
  expect((await server.ask('GET', '/api/session')).status).toBe(401);
});

test('send is one message however often its request comes, and says when it will be read', async () => {
  await server.place.agent('ann');
  const letter = { to: 'ann', text: 'hello', key: 'k1' };
  const first = await server.verb('send', letter);
  expect(first).toMatchObject({ status: 200, said: { to: 'ann', delivery: 'delivered', waits: expect.any(String) } });
  expect((await server.verb('send', letter)).said).toMatchObject({ id: first.said.id, delivery: 'duplicate' });
  expect(await read(server.place.context, { id: first.said.id })).toMatchObject({ from: 'operator', body: 'hello' });
});

test('files come with it under clean names, and nothing of them stays behind', async () => {
  await server.place.agent('ann');
  const form = new FormData();
  form.set('given', JSON.stringify({ to: 'ann', text: 'look', key: 'k2' }));
  form.append('files', new File(['one'], '../../../etc/passwd'));
  form.append('files', new File(['two'], 'a.txt'));
  form.append('files', new File(['three'], 'a.txt'));
  const sent = (await (await server.ask('POST', '/api/verbs/send', form)).json()) as { id: string };
  const { attachments } = await read(server.place.context, { id: sent.id });
  expect(attachments.map(({ name }) => name)).toEqual([
    '__.._.._etc_passwd',
    'a.txt',
    expect.stringMatching(/^3-a\.txt$/),
  ]);
  expect(attachments.map(({ path }) => readFileSync(path!, 'utf8'))).toEqual(['one', 'two', 'three']);
});

test.each<[string, string, unknown, number, RegExp]>([
  ['a verb that there is not', 'rm', {}, 404, /no such verb/],
  ['a verb by an inherited name', 'constructor', {}, 404, /no such verb/],
  ['a missing argument', 'send', { text: 'x', key: 'k' }, 400, /"to": expected a text, got nothing/],
  ['an argument too many', 'status', { name: 'ann', force: true }, 400, /no such argument/],
  ['another type', 'approve', { id: 'x', always: 'perhaps' }, 400, /true or false/],
  ['no object', 'status', [], 400, /JSON object/],
  ['no JSON', 'status', '{', 400, /JSON object/],
  ['an unknown peer', 'status', { name: 'nobody' }, 404, /nobody/],
  ['a session in no directory', 'spawn', { name: 'new-one', cwd: '/no/such/place' }, 404, /no directory/],
  ['more money than the page gives', 'resume', { name: 'ann', raiseUsd: 5_000 }, 400, /from 0 to 1000/],
  ['a timeline of a year', 'timeline', { hours: 9_000 }, 400, /from 0 to 744/],
  ['nothing to send', 'send', { to: 'ann', text: '', key: 'k' }, 400, /nothing to send|empty/i],
])('%s is refused with what was expected', async (_, verb, given, status, why) => {
  await server.place.agent('ann');
  const answer = await server.verb(verb, given);
  expect(answer).toMatchObject({ status, said: { error: { message: expect.stringMatching(why) } } });
  expect(server.errors).toEqual([]);
});

test('a request above the limit is refused before it is read', async () => {
  const answer = await server.ask('POST', '/api/verbs/post', { text: 'x'.repeat(limits.pageRequestBytesMax) });
  expect(answer.status).toBe(413);
});

test('a page that may only read reads, and changes nothing', async () => {
  await using readOnly = await pageServer({ readOnly: true });
  await readOnly.place.agent('ann');
  expect((await readOnly.verb('status', { name: 'ann' })).status).toBe(200);
  for (const verb of Object.keys(ROUTES).filter(name => !ROUTES[name]!.reads))
    expect(await readOnly.verb(verb, {}), verb).toMatchObject({
      status: 403,
      said: { error: { message: expect.stringContaining('--read-only') } },
    });
});

test('the timeline has a lane for each end of a message, and schedules say when they run next', async () => {
  const { definition } = await server.place.agent('ann');
  writeFileSync(definition, readFileSync(definition, 'utf8').replace('---', '---\nschedule: ["every 2h"]'));
  await server.verb('send', { to: 'ann', text: 'hello', key: 'k1' });
  const { said } = await server.verb('timeline', { hours: 1 });
  expect(said.lanes.map(({ peer }: Json) => peer)).toEqual(['ann', 'operator']);
  expect(said.messages).toEqual([expect.objectContaining({ from: 'operator', to: 'ann' })]);
  const [row] = (await server.verb('schedules')).said;
  expect(row).toMatchObject({ agent: 'ann', when: 'every 2h', lastAt: null, nextAt: expect.stringMatching(/Z$/) });
});

/** A card of ann's. */
async function cardOf(server: PageServer): Promise<string> {
  const { files, root } = server.place.context;
  const { home } = await server.place.agent('ann');
  const { card } = await raiseCard(files, root, {
    ...{ kind: 'permission', peer: 'ann', life: (await lifeAt(files, home)) ?? '', turn: 1, message: null },
    ...{ tool: 'Bash', arguments: { command: 'git push' }, reason: null, questions: [], rules: [] },
    ...{ at: new Date().toISOString(), untilAt: '2999-01-01T00:00:00.000Z' },
  });
  return card.id;
}

test('a card is answered from the page without a terminal: its session is the person', async () => {
  const id = await cardOf(server);
  expect(await server.verb('approve', { id })).toMatchObject({ status: 200, said: { id, how: 'allowed' } });
  expect(await server.verb('deny', { id })).toMatchObject({ status: 409 });
});

test('the server’s own surroundings prove nothing: what a claude left in them does not make the page an agent', async () => {
  await using server = await pageServer({ env: { CLAUDECODE: '1' } });
  const id = await cardOf(server);
  expect(await server.verb('deny', { id, reason: 'not now' })).toMatchObject({ status: 200, said: { how: 'denied' } });
});
