// Streams of the page: what there is, then what changes; after a lost connection nothing is missing and nothing is doubled.
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pause } from '#runner/verbs/pause.ts';
import { send } from '#runner/verbs/send.ts';
import { type Json, type PageServer, pageServer } from './page-server.ts';

let server: PageServer;
beforeEach(async () => {
  server = await pageServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const say = (text: string, to = 'ann') => send(server.place.context, { to, text, files: [], cwd: server.place.home });
const rowsOf = (heard: [string, Json][]) => heard.filter(([event]) => event === 'fleet').map(([, news]) => news);

test('the fleet comes whole, then row by row as it changes', async () => {
  await server.place.agent('ann');
  await server.place.agent('bob');
  let isTold = false;
  const heard = await server.events('/api/fleet', (event, news) => {
    if (event !== 'fleet') return false;
    if (!isTold) void pause(server.place.context, { name: 'bob' });
    isTold = true;
    return news.peers.some((row: Json) => row.state === 'paused');
  });
  const [first, ...more] = rowsOf(heard);
  expect(first.peers.map((row: Json) => row.name)).toEqual(['ann', 'bob']);
  expect(first).toMatchObject({ cards: [], counts: { unread: 0, isDown: true }, gone: [] });
  expect(more.flatMap(news => news.peers.map((row: Json) => row.name))).toEqual(['bob']);
});

test('a page that opens later is told all of it as well, and an agent that comes or goes', async () => {
  await server.place.agent('ann');
  const over = new AbortController();
  server.feed.follow(over.signal, () => {});
  let step = 0;
  const heard = await server.events('/api/fleet', (event, news) => {
    if (event !== 'fleet') return false;
    if (step === 0 && news.peers.some((row: Json) => row.name === 'ann')) {
      step = 1;
      void server.place.agent('bob');
    }
    return news.peers.some((row: Json) => row.name === 'bob');
  });
  over.abort();
  expect(rowsOf(heard).flatMap(({ peers }) => peers.map((row: Json) => row.name))).toContain('ann');
});

/** The peer's lines from `since` on, until there are `count`; `act` once the stream is open. */
async function lines(count: number, since = '', act?: () => Promise<unknown>): Promise<Json[]> {
  const all: Json[] = [];
  await server.events(
    `/api/peers/ann/lines?since=${encodeURIComponent(since)}`,
    (event, came) => event === 'lines' && all.push(...came) >= count,
    act,
  );
  return all;
}

test('a peer’s lines: those there are, then those that come; asked again from the last one on, they have the same keys', async () => {
  await server.place.agent('ann');
  await say('one');
  const [one] = await lines(1);
  expect(one).toMatchObject({ event: { type: 'message.queued', peer: 'ann', from: 'operator' } });
  const again = await lines(2, one.at, () => say('two'));
  expect(again[0].key).toBe(one.key);
  expect(again[1].key).not.toBe(one.key);
  expect(await lines(1, new Date(Date.parse(again[1].at) + 1).toISOString(), () => say('three'))).toHaveLength(1);
});

test('equal lines are lines of their own, by the same keys each time', async () => {
  const { events } = await server.place.agent('ann');
  const call = { at: '2026-11-21T09:00:00.000Z', peer: 'ann', type: 'turn.tool', turn: 1, tool: 'Bash', input: '{}' };
  writeFileSync(events, `${JSON.stringify(call)}\n${JSON.stringify(call)}\n`);
  const first = (await lines(2)).map(({ key }) => key);
  expect(new Set(first).size).toBe(2);
  expect((await lines(2, call.at)).map(({ key }) => key)).toEqual(first);
});

test('an unknown peer is an error in the stream, with the names that there are', async () => {
  await server.place.agent('ann');
  const heard = await server.events('/api/peers/anna/lines', event => event === 'error');
  expect(heard.at(-1)).toMatchObject(['error', { code: 'no-such', message: expect.stringContaining('anna') }]);
});
