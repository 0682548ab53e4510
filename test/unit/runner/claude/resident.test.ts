// A resident that never says that its turn is over: when it is ended, and when it is not.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { turnLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { identify } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import type { ToolServer } from '#runner/claude/port.ts';
import { createResident } from '#runner/claude/resident.ts';
import { until } from '#test/support/until.ts';

/** Says that it has begun, starts what its first argument names, and goes on in silence; told to go, it goes. */
const SILENT = `
const say = line => process.stdout.write(JSON.stringify(line) + '\\n');
process.stdin.once('data', line => {
  const { uuid } = JSON.parse(line);
  say({ type: 'command_lifecycle', command_uuid: uuid, state: 'started' });
  say({ type: 'system', subtype: 'init', session_id: 's', permissionMode: 'default', capabilities: ['msg_lifecycle_v1'] });
});
process.stdin.on('end', () => process.exit(0));
const starts = detached => () => {
  const { pid } = require('node:child_process').spawn('sleep', ['300'], { stdio: 'ignore', detached });
  say({ type: 'child', pid });
};
process.on('SIGUSR2', starts(true));
process.on('SIGHUP', starts(false));
process.on('SIGINT', () => say({ type: 'result', is_error: true }));
`;

let home: string;
const pids: number[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'resident-'));
});
afterEach(() => {
  for (const pid of pids.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
  rmSync(home, { recursive: true });
});

/** Its one turn is under way. */
const silentTurn = (hasAnswer: () => Promise<boolean>) => turnOf(SILENT, { hasAnswer });

async function turnOf(
  program: string,
  {
    hasAnswer = async () => false,
    tools = null,
    onRead = async () => {},
  }: {
    hasAnswer?: () => Promise<boolean>;
    tools?: ToolServer | null;
    /** Before a piece of its output that was read is given. */
    onRead?: (piece: string, pid: number) => Promise<void>;
  },
) {
  const first = turnLayout(home, 1);
  mkdirSync(first.home);
  const child = spawn(process.execPath, ['-e', program], {
    stdio: ['pipe', openSync(first.stream, 'a'), 'ignore'],
    detached: true,
  });
  pids.push(child.pid!);
  const exited = new Promise<{ code: number | null; signal: string | null }>(resolve => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const identity = (await identify(child.pid!))!;
  const disk = createRunnerFiles();
  const files: Files = {
    ...disk,
    async read(path, options) {
      const bytes = await disk.read(path, options);
      if (path === first.stream && bytes) await onRead(Buffer.from(bytes).toString(), child.pid!);
      return bytes;
    },
  };
  const patience = { ...limits, residentStuckMs: 1 };
  const resident = createResident({ files, patience, identity, first, stdin: child.stdin!, exited, tools });
  const part = { first: 1, from: 0, stderrFrom: 0 };
  const run = resident.take({ turn: first, part, prompt: 'x', line: 'u', permissionMode: 'manual', hasAnswer });
  return { resident, run, pid: child.pid!, said: () => readFileSync(first.stream, 'utf8') };
}

test('one that is silent over its turn is ended once its answer stands in the conversation, and not before', async () => {
  const state = { hasAnswer: false, asked: 0 };
  const { resident, run, said } = await silentTurn(async () => {
    state.asked++;
    return state.hasAnswer;
  });
  await until('some looks', () => state.asked > 3);
  expect(resident.isGone).toBe(false);
  state.hasAnswer = true;
  expect(await run.over).toEqual({ code: null, signal: 'SIGTERM' });
  expect(said()).not.toContain('result');
});

test('one whose tool or hook still runs is left to it; an MCP server that started late is none', async () => {
  const state = { hasAnswer: false, asked: 0 };
  const { resident, run, pid, said } = await silentTurn(async () => {
    state.asked++;
    return state.hasAnswer;
  });
  const starts = async (signal: 'SIGUSR2' | 'SIGHUP') => {
    process.kill(pid, signal);
    const found = await until('its child', () => [...said().matchAll(/"child","pid":(\d+)/g)][pids.length - 1]);
    pids.push(Number(found[1]));
    return Number(found[1]);
  };
  await until('some looks', () => state.asked > 3);
  await starts('SIGHUP');
  const tool = await starts('SIGUSR2');
  state.hasAnswer = true;
  state.asked = 0;
  await until('some looks', () => state.asked > 3);
  expect(resident.isGone).toBe(false);
  process.kill(tool, 'SIGKILL');
  expect(await run.over).toEqual({ code: null, signal: 'SIGTERM' });
});

/** The lines that the program heard, as it says itself. */
// biome-ignore lint/suspicious/noExplicitAny: lines as the program heard them
const heardIn = (said: string): any[] =>
  said
    .split('\n')
    .filter(line => line.includes('"heard"'))
    .map(line => JSON.parse(line).line);

/** Asks our server for its tools, twice: says what it was answered. */
const ASKING = `
const say = line => process.stdout.write(JSON.stringify(line) + '\\n');
const ask = (id, message) => say({ type: 'control_request', request_id: 'm' + id,
  request: { subtype: 'mcp_message', server_name: 'agent-runner', message: { jsonrpc: '2.0', ...message } } });
let rest = '';
process.stdin.on('data', piece => {
  const lines = (rest + piece).split('\\n');
  rest = lines.pop();
  for (const line of lines.map(JSON.parse)) {
    say({ type: 'heard', line });
    if (line.type === 'user') for (const [id, word] of [[1, 'fails'], [2, 'grüße']]) ask(id, { id, method: word });
    if (line.type === 'user') ask(3, { method: 'told' });
  }
});
process.stdin.on('end', () => process.exit(0));
`;

test('messages for our tools are answered on its stdin: a failure as an error, a notification with an empty reply; it is let go with its process', async () => {
  let isDisposed = false;
  const tools: ToolServer = {
    async reply({ id, method }) {
      if (method === 'fails') throw new Error('the file is gone');
      return id === undefined ? null : { jsonrpc: '2.0', id, result: { method } };
    },
    endCalls() {},
    [Symbol.dispose]() {
      isDisposed = true;
    },
  };
  const { said, resident } = await turnOf(ASKING, { tools });
  const heard = () => heardIn(said());
  const answers = () => heard().filter(({ type }) => type === 'control_response');
  await until('three answers', () => answers().length === 3);
  expect(heard()[0]).toMatchObject({ request: { subtype: 'initialize', sdkMcpServers: ['agent-runner'] } });
  const reply = (id: string) => answers().find(({ response }) => response.request_id === id).response.response;
  expect(reply('m1')).toEqual({
    mcp_response: { jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'the file is gone' } },
  });
  expect(reply('m2')).toEqual({ mcp_response: { jsonrpc: '2.0', id: 2, result: { method: 'grüße' } } });
  expect(reply('m3')).toEqual({ mcp_response: { jsonrpc: '2.0', id: 0, result: {} } });
  expect(isDisposed).toBe(false);
  await resident.end();
  expect(isDisposed).toBe(true);
});

/** Ends its turn when it is told to, and does what it is told to while it idles. */
const ENDING_LATE = `
const say = line => process.stdout.write(JSON.stringify(line) + '\\n');
let uuid;
process.stdin.once('data', line => {
  uuid = JSON.parse(line).uuid;
  say({ type: 'command_lifecycle', command_uuid: uuid, state: 'started' });
  say({ type: 'system', subtype: 'init', session_id: 's', permissionMode: 'default', capabilities: ['msg_lifecycle_v1'] });
});
process.on('SIGUSR2', () => {
  say({ type: 'result', subtype: 'success', is_error: false, result: 'x', num_turns: 1, terminal_reason: 'completed', user_message_uuids: [uuid] });
  say({ type: 'command_lifecycle', command_uuid: uuid, state: 'completed' });
});
process.stdin.on('end', () => process.exit(0));
`;

test('a turn that ends while its output is read does not look like one that nobody gave', async () => {
  let said = () => '';
  let isTold = false;
  const started = await turnOf(ENDING_LATE, {
    async onRead(piece, pid) {
      if (isTold || !piece.includes('"init"')) return;
      isTold = true;
      process.kill(pid, 'SIGUSR2');
      await until('its end', () => said().includes('"completed"}'));
    },
  });
  said = started.said;
  expect(await started.run.over).toBeNull();
  expect([await started.resident.isAstir(), started.resident.isGone]).toEqual([false, false]);
  await started.resident.end();
});

/** Asks our server once its turn is over, says what it was answered, and goes on as before. */
const ASKING_LATE = `
const say = line => process.stdout.write(JSON.stringify(line) + '\\n');
const ask = (id, message) => say({ type: 'control_request', request_id: 'm' + id,
  request: { subtype: 'mcp_message', server_name: 'agent-runner', message: { jsonrpc: '2.0', ...message } } });
let rest = '', turns = 0;
process.stdin.on('data', piece => {
  const lines = (rest + piece).split('\\n');
  rest = lines.pop();
  for (const line of lines.map(JSON.parse)) {
    say({ type: 'heard', line });
    if (line.type !== 'user') continue;
    const life = state => say({ type: 'command_lifecycle', command_uuid: line.uuid, state });
    life('started');
    say({ type: 'system', subtype: 'init', session_id: 's', permissionMode: 'default', capabilities: ['msg_lifecycle_v1'] });
    if (++turns === 2) ask(3, { id: 3, method: 'tools/call' });
    say({ type: 'result', subtype: 'success', is_error: false, result: 'x', num_turns: 1, terminal_reason: 'completed', user_message_uuids: [line.uuid] });
    life('completed');
  }
});
process.on('SIGUSR2', () => {
  ask(1, { id: 1, method: 'tools/call' }); ask(2, { method: 'told' });
  let more = 10;
  const next = () => { ask(more, { id: more, method: 'tools/call' }); if (++more < 40) setTimeout(next, more % 3); };
  next();
});
process.stdin.on('end', () => process.exit(0));
`;

test('what it asks of our tools between two turns is refused at once, and the next turn is served as ever', async () => {
  const served: unknown[] = [];
  const tools: ToolServer = {
    async reply(message) {
      served.push(message.id);
      return { jsonrpc: '2.0', id: message.id, result: {} };
    },
    endCalls() {},
    [Symbol.dispose]() {},
  };
  const { resident, run, pid, said } = await turnOf(ASKING_LATE, { tools });
  expect(await run.over).toBeNull();
  process.kill(pid, 'SIGUSR2');
  const answers = () => heardIn(said()).filter(({ type }) => type === 'control_response');
  // They come one by one: a look may begin while another one reads.
  await until('an answer to each', () => answers().length === 32);
  const reply = (id: string) => answers().find(({ response }) => response.request_id === id).response.response;
  expect(reply('m1').mcp_response).toMatchObject({ id: 1, error: { message: expect.stringContaining('next turn') } });
  expect(reply('m2')).toEqual({ mcp_response: { jsonrpc: '2.0', id: 0, result: {} } });
  expect([served, resident.isGone]).toEqual([[], false]);
  const part = { first: 1, from: Buffer.byteLength(said()), stderrFrom: 0 };
  const order = { turn: { ...resident.first, number: 2 }, part, prompt: 'y', line: 'v' };
  const next = resident.take({ ...order, permissionMode: 'manual', hasAnswer: async () => false });
  expect(await next.over).toBeNull();
  await until('the last answer', () => answers().length === 33);
  expect([served, reply('m3').mcp_response]).toEqual([[3], { jsonrpc: '2.0', id: 3, result: {} }]);
  await resident.end();
});

/** Answers at once. */
const ANSWERING = `
const say = line => process.stdout.write(JSON.stringify(line) + '\\n');
process.stdin.on('data', lines => {
  const { uuid } = lines.toString().split('\\n').filter(Boolean).map(JSON.parse).find(({ type }) => type === 'user');
  const life = state => say({ type: 'command_lifecycle', command_uuid: uuid, state });
  life('started');
  say({ type: 'system', subtype: 'init', session_id: 's', permissionMode: 'default', capabilities: ['msg_lifecycle_v1'] });
  say({ type: 'result', subtype: 'success', is_error: false, result: 'x', num_turns: 1, terminal_reason: 'completed', user_message_uuids: [uuid] });
  life('completed');
});
process.stdin.on('end', () => process.exit(0));
`;

test('what a turn has called of our tools ends with the turn: nobody would hear the reply', async () => {
  let ends = 0;
  const tools: ToolServer = {
    reply: async () => null,
    endCalls() {
      ends++;
    },
    [Symbol.dispose]() {},
  };
  const { resident, run } = await turnOf(ANSWERING, { tools });
  expect(await run.over).toBeNull();
  expect(ends).toBe(1);
  await resident.end();
});
