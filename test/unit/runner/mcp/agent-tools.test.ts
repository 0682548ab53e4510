// Our MCP server inside a runner: what it answers to the messages of one claude, and in whose name its tools act.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { liveWaiters } from '#blackboard/inbox/waiters.ts';
import { type AgentLayout, turnLayout } from '#blackboard/layout.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { identify } from '#blackboard/system/process-identity.ts';
import type { ToolServer } from '#runner/claude/port.ts';
import { agentTools } from '#runner/mcp/agent-tools.ts';
import { INSTRUCTIONS, listedTools } from '#runner/mcp/calls.ts';
import { openTurn } from '#test/support/open-turn.ts';
import { until } from '#test/support/until.ts';
import { type VerbRoot, verbRoot } from '../verbs/verb-root.ts';

let place: VerbRoot;
let ann: AgentLayout;
let bob: AgentLayout;
let server: ToolServer;
beforeEach(async () => {
  place = await verbRoot();
  ann = await place.agent('ann');
  bob = await place.agent('bob');
  // The child of its turns is some other process: nothing of the process tree says that this is a turn.
  const child = (await identify(process.ppid))!;
  for (const number of [1, 2]) openTurn(place.context.root, 'ann', { number, trace: `trace-${number}`, child });
  server = agentTools(place.context)({ layout: ann, cwd: async () => place.home });
});
afterEach(async () => {
  server[Symbol.dispose]();
  await place[Symbol.asyncDispose]();
});

let id = 0;
// biome-ignore lint/suspicious/noExplicitAny: JSON-RPC, as a test reads it
const ask = async (method: string, params: object = {}, turn = 1): Promise<any> =>
  server.reply({ jsonrpc: '2.0', id: ++id, method, params }, turnLayout(ann.turns, turn));
const call = async (name: string, given: object, turn = 1) => {
  const { result } = await ask('tools/call', { name, arguments: given }, turn);
  return { ...result, text: result.content[0].text };
};

test('says hello as claude asks for it, and lists all tools; a notification has no reply', async () => {
  const hello = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'claude-code', version: '2.1.332' },
  };
  const { result } = await ask('initialize', hello);
  expect(result).toMatchObject({ protocolVersion: '2025-11-25', serverInfo: { name: 'agent-runner' } });
  expect(result.instructions).toBe(INSTRUCTIONS);
  const told = { jsonrpc: '2.0', method: 'notifications/initialized' };
  expect(await server.reply(told, turnLayout(ann.turns, 1))).toBeNull();
  expect((await ask('tools/list')).result.tools).toEqual(JSON.parse(JSON.stringify(listedTools())));
  expect((await ask('no/such')).error).toMatchObject({ code: -32601 });
});

test('a server that could not open is opened with the next message', async () => {
  let isBroken = true;
  const cwd = async () => {
    if (isBroken) throw new Error('EMFILE');
    return place.home;
  };
  server = agentTools(place.context)({ layout: ann, cwd });
  await expect(ask('tools/list')).rejects.toThrow('EMFILE');
  isBroken = false;
  expect((await ask('tools/list')).result.tools).toHaveLength(listedTools().length);
});

test('what it needs is loaded while its claude starts, and what failed then with the first message', async () => {
  let loads = 0;
  const load = async () => {
    if (++loads === 1) throw new Error('EMFILE');
    return (await import('#runner/mcp/server.ts')).toolServer;
  };
  server = agentTools({ ...place.context, load })({ layout: ann, cwd: async () => place.home });
  expect(loads).toBe(1);
  await new Promise(setImmediate);
  expect((await ask('tools/list')).result.tools).toHaveLength(listedTools().length);
  expect(loads).toBe(2);
  server = agentTools({ ...place.context, load })({ layout: ann, cwd: async () => place.home });
  expect(loads).toBe(3);
  await ask('tools/list');
  expect(loads).toBe(3);
});

test('a call speaks as the agent in the turn in which it comes, whoever is above the runner', async () => {
  expect(JSON.parse((await call('whoami', {})).text)).toMatchObject({ kind: 'agent', name: 'ann', turn: 1 });
  const sent = [
    await call('send_message', { to: 'bob', text: 'one' }, 1),
    await call('send_message', { to: 'bob', text: 'two' }, 2),
  ];
  expect(sent.map(({ isError }) => isError ?? false)).toEqual([false, false]);
  const texts = readdirSync(bob.inbox.new).map(name => readFileSync(join(bob.inbox.new, name), 'utf8'));
  expect(texts.map(each => decodeMessage(each, '')).sort((a, b) => a.body.localeCompare(b.body))).toMatchObject([
    { from: 'ann', hops: 1, trace: 'trace-1', body: 'one' },
    { from: 'ann', hops: 1, trace: 'trace-2', body: 'two' },
  ]);
});

test('a call that claude takes back, one whose turn is over, and one whose claude has ended, wait no longer', async () => {
  const waiters = async () => (await liveWaiters(place.context.files, ann.inbox, async () => true)).length;
  const asked = ask('tools/call', { name: 'ask', arguments: { to: 'bob', text: 'and you?' } });
  await until('it to wait', async () => (await waiters()) === 1);
  await server.reply(
    { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } },
    turnLayout(ann.turns, 1),
  );
  await until('its end', async () => (await waiters()) === 0);
  const left = ask('tools/call', { name: 'ask', arguments: { to: 'bob', text: 'and then?' } });
  await until('it to wait', async () => (await waiters()) === 1);
  server.endCalls();
  await until('its end', async () => (await waiters()) === 0);
  const other = ask('tools/call', { name: 'ask', arguments: { to: 'bob', text: 'and now?' } });
  await until('it to wait', async () => (await waiters()) === 1);
  server[Symbol.dispose]();
  await until('its end', async () => (await waiters()) === 0);
  void asked;
  void left;
  void other;
});
