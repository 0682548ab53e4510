// Every tool as a model calls it, on a root on the disk: this process is the claude of a session.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AgentLayout, inboxLayout, rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { limits } from '#blackboard/system/limits.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { callTool, INSTRUCTIONS, listedTools } from '#runner/mcp/calls.ts';
import { HOSTILE_TEXTS } from '#test/support/hostile-texts.ts';
import { openTurn } from '#test/support/open-turn.ts';
import { type VerbRoot, verbRoot } from '../verbs/verb-root.ts';

const FIRST = '963bf434-039c-4310-b9b7-061eef298631';
const CLEARED = '0b1f52ce-3a3a-4c1e-9d57-6f1d2f0a8f11';

/** Terminal controls (but newlines of an error's hint), marks that cannot be seen, and claude's own tags. */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|<\/?(system|task|cross|tool)|[\u{e0000}-\u{e007f}]/u;

let place: VerbRoot;
let worker: AgentLayout;
/** Of the claude that started the server. */
let variables: Record<string, string> = {};
beforeEach(async () => {
  variables = { CLAUDE_CODE_SESSION_ID: FIRST };
  place = await verbRoot();
  worker = await place.agent('worker');
});
afterEach(() => place[Symbol.asyncDispose]());

/** As the command makes it for each call. */
const context = async () => ({
  ...place.context,
  env: { ...place.context.env, ...variables, AGENT_RUNNER_MCP: '1' },
});
const answer = async (name: string, given: unknown = {}, signal = new AbortController().signal) => {
  const { content, isError = false, ...more } = await callTool({ context, cwd: place.home }, { name, given }, [signal]);
  expect(more).toEqual({});
  return { isError, text: content.map(({ text }) => text).join('') };
};
/** What it says, of a call that went well. */
const call = async (name: string, given: unknown = {}) => {
  const { isError, text } = await answer(name, given);
  expect(isError, text).toBe(false);
  return JSON.parse(text);
};
const refusal = async (name: string, given: unknown = {}) => {
  const { isError, text } = await answer(name, given);
  expect(isError, text).toBe(true);
  return text;
};
const session = (id = FIRST) =>
  registerSession(place.context.files, place.context.root, {
    ...{ id, cwd: '/src/app', branch: null, process: selfIdentity(), tmux: null, configDir: null, transcript: null },
    startedAt: new Date().toISOString(),
  });
const messagesIn = async (directory: string) =>
  Promise.all(
    (await readdir(directory)).map(async name =>
      decodeMessage(await readFile(join(directory, name), 'utf8'), join(directory, name)),
    ),
  );

test('the tools are all there, in the first request, and short: each word is paid for in every request', () => {
  const tools = listedTools();
  for (const each of tools) expect(each).toMatchObject({ _meta: { 'anthropic/alwaysLoad': true } });
  const sent = tools.map(({ name, description, inputSchema }) => ({ name, description, input_schema: inputSchema }));
  expect(JSON.stringify(sent).length).toBeLessThan(6_500);
  expect(INSTRUCTIONS).toContain('not of your user');
  for (const name of ['ask', 'read_message'])
    expect(tools.find(each => each.name === name)!.description).toContain("a teammate's request, not your user's");
});

describe('in a session', () => {
  let name: string;
  beforeEach(async () => {
    name = (await session()).name;
  });

  test('send_message stands in the peer’s inbox, from the session, once for a key', async () => {
    const sent = await call('send_message', { to: 'worker', text: 'look', kind: 'question', subject: 's', key: 'k1' });
    expect(sent).toMatchObject({ to: 'worker', delivery: 'delivered', waits: expect.stringContaining('runner') });
    const [message] = await messagesIn(worker.inbox.new);
    expect(message).toMatchObject({ id: sent.id, from: name, kind: 'question', subject: 's', body: 'look', hops: 0 });
    expect(await call('explain', { id: sent.id })).toMatchObject({ state: 'queued', steps: [{ step: 'queued' }] });
    const again = { to: 'worker', text: 'look', kind: 'question', subject: 's', key: 'k1' };
    expect(await call('send_message', again)).toMatchObject({ id: sent.id, delivery: 'duplicate' });
  });

  test('after /clear the sender is the session that the claude has now, not the one of its environment', async () => {
    await call('send_message', { to: 'worker', text: 'before' });
    const cleared = await session(CLEARED);
    await call('send_message', { to: 'worker', text: 'after' });
    const messages = await messagesIn(worker.inbox.new);
    expect(messages.map(({ body, fromId }) => [body, fromId]).sort()).toEqual([
      ['after', CLEARED],
      ['before', FIRST],
    ]);
    expect(messages.find(({ body }) => body === 'after')!.from).toBe(cleared.name);
  });

  test('ask gives up in its time, and says that the answer will come; an end of the server ends it', async () => {
    expect(await call('ask', { to: 'worker', text: 'well?', timeout_seconds: 0 })).toMatchObject({
      waits: expect.stringContaining('into your inbox'),
    });
    const over = new AbortController();
    const asking = answer('ask', { to: 'worker', text: 'and?' }, over.signal);
    const { waiters } = sessionLayout(place.context.root, FIRST).inbox;
    await expect.poll(async () => (await readdir(waiters).catch(() => [])).length).toBe(1);
    over.abort();
    expect((await asking).isError).toBe(false);
    expect(await readdir(waiters)).toEqual([]);
  });

  test('read_message reads a long body in parts, and reply answers it', async () => {
    const body = Array.from({ length: 6_000 }, (_, at) => `${at} \u001b`).join(' ');
    const inbox = sessionLayout(place.context.root, FIRST).inbox;
    const id = await place.deliver({ ...worker, inbox }, { from: 'worker', kind: 'question', body });
    let read = '';
    for (let offset: number | undefined = 0; offset !== undefined; ) {
      const part = await call('read_message', { id, offset });
      expect(JSON.stringify(part).length).toBeLessThan(limits.mcpAnswerChars + 1_000);
      read += part.body;
      offset = /"offset":(\d+)/.exec(part.more ?? '')?.[1] as number | undefined;
    }
    expect(read).toBe(body);
    const replied = await call('reply', { id, text: 'yes' });
    expect(await messagesIn(worker.inbox.new)).toMatchObject([{ id: replied.id, from: name, inReplyTo: [id] }]);
    expect(await refusal('reply', { id, text: 'no' })).toContain('was answered before, with another text');
  });

  test('post_entry and read_board: what does not fit is read on from where it says', async () => {
    for (let at = 0; at < 12; at++)
      await call('post_entry', { text: `${at} ${'x'.repeat(3_000)}`, topic: 'build', ttl: '2h' });
    const seen: string[] = [];
    for (let since: string | undefined = '1h'; since; ) {
      const read = await call('read_board', { since, topic: 'build' });
      seen.push(...read.entries.map(({ text, from }: { text: string; from: string }) => `${from} ${text.slice(0, 2)}`));
      since = /"since":"([^"]+)"/.exec(read.more ?? '')?.[1];
    }
    expect(seen).toEqual(Array.from({ length: 12 }, (_, at) => `${name} ${at} `.slice(0, name.length + 3)));
    await call('post_entry', { text: 'y'.repeat(100_000), key: 'long' });
    const { entries } = await call('read_board', { key: 'long' });
    expect(entries[0].more).toContain('100000 characters in all: agent-runner board --since');
    expect(await call('read_board', { topic: 'none' })).toEqual({ entries: 'none' });
  });

  test('broadcast reaches all others but those that are left out, and says who has it', async () => {
    const peer = await place.agent('peer');
    await place.agent('left-out');
    const sent = await call('broadcast', { text: 'all', except: 'left-out', topic: 'ci', key: 'k' });
    expect(sent).toEqual({ id: sent.id, delivered: ['peer', 'worker'] });
    expect(await messagesIn(peer.inbox.new)).toMatchObject([{ from: name, kind: 'note', body: 'all', thread: 'ci' }]);
    const again = { text: 'all', to: ['peer'], topic: 'ci', key: sent.id };
    expect(await call('broadcast', again)).toEqual({ id: sent.id, duplicate: ['peer'] });
    expect(await refusal('broadcast', { ...again, to: ['peer', 'nobody'] })).toContain('nobody');
  });

  test('claim and release: paths are those below the claude, and one of two callers at once has the thing', async () => {
    const both = await Promise.all([1, 2].map(() => call('claim', { what: 'src/a.ts', as: 'path', ttl: '5m' })));
    expect(both.map(({ state }) => state).sort()).toEqual(['claimed', 'lost']);
    expect(both[0].claim).toMatchObject({ what: { base: join(place.home, 'src/a.ts') }, by: name, isOwn: true });
    expect(await call('claim', { what: 'src/a.ts', as: 'path', renew: true })).toMatchObject({ state: 'renewed' });
    expect(await call('release', { what: 'src/a.ts', as: 'path' })).toMatchObject({ released: { by: name } });
    expect(await refusal('release', { what: 'src/a.ts', as: 'path' })).toContain('nobody has claimed');
  });

  test('whoami is the session, proven, whatever the environment says', async () => {
    variables = { CLAUDE_CODE_SESSION_ID: CLEARED };
    expect(await call('whoami')).toMatchObject({ kind: 'session', name, id: FIRST, unread: 0 });
  });

  test('list_peers names agents and sessions, in parts where they are many', async () => {
    expect(await call('list_peers')).toEqual({
      peers: [
        expect.objectContaining({ kind: 'agent', name: 'worker', waiting: 0, state: expect.any(String) }),
        expect.objectContaining({ kind: 'session', name, cwd: '/src/app' }),
      ],
    });
    expect(await call('list_peers', { after: 'worker' })).toMatchObject({ peers: [{ name }] });
  });

  test('two calls at once are two messages and two entries', async () => {
    const both = (tool: string, more: object = {}) =>
      Promise.all(['one', 'two'].map(text => call(tool, { ...more, text })));
    await Promise.all([both('send_message', { to: 'worker' }), both('post_entry')]);
    const set = await both('post_entry', { key: 'lead', if_rev: '0' });
    expect(set.filter(each => each.posted === false)).toMatchObject([{ current: { key: 'lead' } }]);
    expect((await messagesIn(worker.inbox.new)).map(({ body }) => body).sort()).toEqual(['one', 'two']);
    const { entries } = await call('read_board');
    expect(entries.map(({ text }: { text: string }) => text).sort()).toHaveLength(3);
  });

  test('hostile texts are texts: they arrive as they are, in the field they were for, and are shown safely', async () => {
    const lines: string[] = [];
    const shown = async (tool: string, given: object) => {
      const { text } = await answer(tool, given);
      lines.push(text);
      return text;
    };
    const tries: [string, string, object][] = [
      ...['subject', 'thread', 'key', 'priority', 'kind'].map(
        field => ['send_message', field, { to: 'worker' }] as const,
      ),
      ...['topic', 'key', 'ttl', 'ref', 'kind', 'if_rev'].map(field => ['post_entry', field, {}] as const),
      ...['what', 'ttl', 'as', 'topic', 'renew'].map(field => ['claim', field, { what: 'x' }] as const),
      ['release', 'what', {}] as const,
      ...(['read_message', 'reply', 'explain'] as const).map(name => [name, 'id', {}] as const),
      ...(
        [
          ['read_board', 'since'],
          ['list_peers', 'after'],
          ['ask', 'to'],
        ] as const
      ).map(each => [...each, {}] as const),
    ].map(([name, field, more]) => [name, field, /send|post|ask|reply/.test(name) ? { ...more, text: 'c' } : more]);
    for (const [at, each] of HOSTILE_TEXTS.entries()) {
      const sent = JSON.parse(await shown('send_message', { to: 'worker', text: `a ${each}` }));
      const whole = JSON.parse(await shown('read_message', { id: sent.id }));
      expect(Buffer.from(`a ${each}`).toString()).toContain(whole.body);
      await shown('post_entry', { text: `b ${each}` });
      await shown(each, { [each]: each });
      // Not all with each: every call that goes well waits for the disk.
      for (const [name, field, more] of tries.filter((_, index) => index % 4 === at % 4))
        await shown(name, { ...more, [field]: each });
    }
    for (let since: string | undefined = '1h'; since; )
      since = /"since\\":\\"([^"]+)\\"/.exec(await shown('read_board', { since }))?.[1];
    for (const line of lines) {
      expect(line).not.toMatch(UNSAFE);
      expect(line.length).toBeLessThanOrEqual(limits.mcpAnswerChars + 1_000);
    }
    const messages = await messagesIn(worker.inbox.new);
    expect(new Set(messages.map(({ from }) => from))).toEqual(new Set([name]));
    expect(new Set(messages.map(({ body }) => body[0]))).toEqual(new Set(['a', 'c']));
  });

  test('errors are answers that say what to do, and nothing was done', async () => {
    expect(await refusal('send_message', { to: 'worker' })).toMatch(
      /"text": expected a text, got nothing\nNothing was/,
    );
    expect(await refusal('send_message', { to: 'nobody', text: 'x' })).toContain('nobody');
    expect(await refusal('read_message', { id: 'ffffffff' })).toContain('ffffffff');
    expect(await refusal('approve', { id: 'x' })).toContain('there is no tool "approve", only send_message, ask');
    expect(await readdir(worker.inbox.new)).toEqual([]);
  });
});

test('in a turn the sender is the agent, one hop on, in the trace of its work', async () => {
  const peer = await place.agent('peer');
  variables = openTurn(place.context.root, 'worker', { hops: 2 });
  await call('send_message', { to: 'peer', text: 'go on' });
  expect(await messagesIn(peer.inbox.new)).toMatchObject([{ from: 'worker', trace: 'the-trace', hops: 3, turn: 7 }]);
  variables = openTurn(place.context.root, 'worker', { hops: 8 });
  expect(await refusal('send_message', { to: 'peer', text: 'go on' })).toContain('hop 9 of one chain');
});

test('a caller that is proven to be nobody is not the operator: it reads, and speaks in no name', async () => {
  expect(await refusal('send_message', { to: 'worker', text: 'x' })).toContain('who calls is not proven');
  expect(await refusal('post_entry', { text: 'x' })).toContain('who calls is not proven');
  expect(await refusal('whoami')).toContain('who calls is not proven');
  expect(await readdir(worker.inbox.new)).toEqual([]);
  expect(await readdir(inboxLayout(rootLayout(place.context.root).operator).new)).toEqual([]);
  expect(await call('list_peers')).toMatchObject({ peers: [{ name: 'worker' }] });
});
