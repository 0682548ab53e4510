// The MCP server under the real claude: its tools called by a model from a session and from agents' turns; what stands on the
// disk, and what the model is told.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ContentBlock, ModelRequest } from '#runner/demo/model-server/model-request.ts';
import { type Script, text, tool } from '#runner/demo/model-server/reply.ts';
import { listedTools } from '#runner/mcp/calls.ts';
import { agentFixture, cliPath } from '#test/support/agent-fixture.ts';
import { buildForFile, type Hooked, hookedClaude, type Terminal } from '#test/support/interactive-claude.ts';

const build = buildForFile();
const NAMES = listedTools().map(({ name }) => name);
const own = (name: string) => `mcp__agent-runner__${name}`;
const toolNames = (body: ModelRequest['body']) => (body.tools ?? []).map(({ name }) => name ?? '');
const ownTools = (body: ModelRequest['body']) => toolNames(body).filter(name => name.startsWith('mcp__agent-runner__'));
/** Those that the model can call at once: it need not search for their schemas. */
const unsearched = (body: ModelRequest['body']) =>
  ownTools({
    ...body,
    tools: (body.tools ?? []).filter(each => !each.defer_loading || isAdded(body, each.name)),
  }).sort();
const isAdded = ({ messages }: ModelRequest['body'], name = '') =>
  JSON.stringify(messages).includes(`{"type":"tool_addition","tool":{"type":"tool_reference","name":"${name}"}`);
const configOf = (dist: string) => {
  const server = { command: process.execPath, args: [join(dist, 'cli.js'), 'mcp'], alwaysLoad: true };
  return JSON.stringify({ mcpServers: { 'agent-runner': server } });
};

/** What the model was told of its calls, in their order. */
const resultsOf = (body: ModelRequest['body']): ContentBlock[] =>
  (body.messages ?? [])
    .flatMap(({ content }) => (typeof content === 'string' ? [] : content))
    .filter(({ type }) => type === 'tool_result');
const wordsOf = ({ content }: ContentBlock): string =>
  typeof content === 'string' ? content : (content as ContentBlock[]).map(each => each.text ?? '').join('');

describe('in a session', () => {
  const open = async (hooked: Hooked) => {
    await hooked.cli(['add', 'worker', '--cwd', hooked.place.cwd]);
    return hooked.terminal([`--mcp-config=${configOf(build.dist)}`, '--allowedTools=mcp__agent-runner']);
  };
  /** A turn in which the model makes these calls, one after the other. */
  async function turn(hooked: Hooked, terminal: Terminal, word: string, calls: readonly (readonly [string, object])[]) {
    hooked.server.use(({ toolRounds }) => {
      const call = calls[toolRounds];
      return call ? tool(own(call[0]), { ...call[1] }) : text(`${word} is done`);
    });
    await terminal.prompt(word);
    await hooked.until(`the turn ${word} to end`, () => terminal.screen().includes(`${word} is done`));
  }
  const inboxOf = async (hooked: Hooked, ...args: string[]) =>
    JSON.parse(await hooked.cli(['inbox', ...args, '--json'])) as Record<string, string>[];

  it('each tool does what its command does, with all schemas in the first request; mistakes are told', async () => {
    await using hooked = await hookedClaude(build.dist);
    const terminal = await open(hooked);
    await turn(hooked, terminal, 'begin', []);
    const { name } = (await terminal.session()).peer;
    const letter = await hooked.cli(['send', name, 'to the session', '--kind', 'question', '--no-wake']);
    const calls = [
      ['whoami', {}],
      ['list_peers', {}],
      ['send_message', { to: 'worker', text: 'by a tool \u202e', kind: 'note', key: 'k' }],
      ['ask', { to: 'worker', text: 'and you?', timeout_seconds: '0' }],
      ['read_message', { id: letter.slice(0, 13) }],
      ['reply', { id: letter, text: 'by reply' }],
      ['explain', { id: letter }],
      ['claim', { what: 'src/**' }],
      ['release', { what: 'src/**' }],
      ['broadcast', { text: 'by broadcast', to: 'worker' }],
      ['post_entry', { text: 'by post', topic: 'ci' }],
      ['read_board', { topic: 'ci' }],
      ['send_message', { to: 12, kind: 'shout', other: 1 }],
    ] as const;
    expect(new Set(calls.map(([called]) => called))).toEqual(new Set(NAMES));
    await turn(hooked, terminal, 'tools', calls);

    const requests = hooked.server.turns().map(({ body }) => body);
    // A session that a person began to type into before the server was up is given them with its next prompt (2.1.332).
    expect(unsearched(requests[1]!)).toEqual(NAMES.map(own).sort());
    expect(JSON.stringify(requests[1])).toContain('these tools reach them');
    const results = resultsOf(requests.at(-1)!);
    const wrong = results.pop()!;
    expect(wrong.is_error).toBe(true);
    expect(wordsOf(wrong)).toMatch(
      /"text": expected a text, got nothing; "kind": expected one of[\s\S]*"other": it has no/,
    );
    expect(results.filter(each => each.is_error).map(wordsOf)).toEqual([]);
    const [self, peers, sent, asked, read, replied, explained, claimed, released, told, posted, board] = results.map(
      each => JSON.parse(wordsOf(each)),
    );
    expect(self).toMatchObject({ kind: 'session', name, unread: 0 });
    expect(peers.peers).toMatchObject([{ name: 'worker' }, { name, kind: 'session' }]);
    expect(asked).toMatchObject({ id: expect.any(String), waits: expect.stringContaining('inbox') });
    expect(read).toMatchObject({ id: letter, from: 'operator', body: 'to the session' });
    expect(explained).toMatchObject({ id: letter, state: 'replied' });
    expect(claimed).toMatchObject({
      state: 'claimed',
      claim: { what: { base: join(hooked.place.cwd, 'src') }, by: name },
    });
    expect(released).toMatchObject({ released: { by: name } });
    expect(told).toEqual({ id: told.id, delivered: ['worker'] });
    expect(board.entries).toMatchObject([{ id: posted.id, from: name, text: 'by post' }]);
    // What stands on the disk.
    const atWorker = await inboxOf(hooked, 'worker');
    expect(atWorker.map(({ id, from, kind, body }) => ({ id, from, kind, body }))).toEqual([
      { id: sent.id, from: name, kind: 'note', body: 'by a tool \u202e' },
      { id: asked.id, from: name, kind: 'question', body: 'and you?' },
      { id: expect.any(String), from: name, kind: 'note', body: 'by broadcast' },
    ]);
    expect(await inboxOf(hooked)).toMatchObject([{ id: replied.id, from: name, body: 'by reply' }]);
  });

  it('after /clear the sender is the new session, though the server’s environment has the old one', async () => {
    await using hooked = await hookedClaude(build.dist);
    const terminal = await open(hooked);
    const send = (words: string) => turn(hooked, terminal, words, [['send_message', { to: 'worker', text: words }]]);
    await send('before');
    const first = (await terminal.session()).peer;
    await terminal.prompt('/clear');
    const cleared = await hooked.until('another session', async () => {
      const { peer } = await terminal.session();
      return peer.id === first.id ? null : peer;
    });
    await send('after');
    expect((await inboxOf(hooked, 'worker')).map(({ body, from }) => [body, from])).toEqual([
      ['before', first.name],
      ['after', cleared.name],
    ]);
    const sent = readdirSync(join(hooked.root, 'agents', 'worker', 'inbox', 'ids')).map(name =>
      readFileSync(join(hooked.root, 'agents', 'worker', 'inbox', 'ids', name), 'utf8'),
    );
    for (const { id } of [first, cleared]) expect(sent.filter(each => each.includes(id))).toHaveLength(1);
  });
});

describe('an agent', () => {
  const sending: Script = ({ prompt, toolRounds, toolResult }) =>
    toolRounds === 0 ? tool(own('send_message'), { to: 'bob', text: `about ${prompt.slice(-3)}` }) : text(toolResult);

  it('with mcp: true sends in its own name, one hop on, beside the servers of its own file', async () => {
    await using fixture = await agentFixture();
    const bob = await fixture.agent('bob', { front: { resident: 'auto' } });
    const file = join(fixture.place.root, 'own.json');
    const config = { mcpServers: { other: { command: process.execPath, args: [cliPath, 'mcp'], alwaysLoad: true } } };
    writeFileSync(file, JSON.stringify(config));
    const ann = await fixture.agent('ann', { front: { mcp: true, mcpConfig: file }, script: sending });
    const id = await ann.send('go: one');
    expect(await fixture.start('--once').ended).toMatchObject({ code: 0 });
    expect(JSON.parse(await ann.answer(id))).toMatchObject({ to: 'bob', delivery: 'delivered' });
    expect(bob.ids().map(bob.message)).toMatchObject([{ from: 'ann', hops: 1, trace: id, turn: 1 }]);
    expect(unsearched(ann.requests()[0]!.body)).toEqual(NAMES.map(own).sort());
    expect(JSON.stringify(ann.requests()[0]!.body.tools)).toContain('if_rev');
    expect(toolNames(ann.requests()[0]!.body)).toContain('mcp__other__send_message');
    // Without the key it has them, too, in its first request.
    expect(unsearched(bob.requests()[0]!.body)).toEqual(NAMES.map(own).sort());
  });

  it('that stays has the tools, and what it sends is of the turn that it works on', async () => {
    await using fixture = await agentFixture();
    const bob = await fixture.agent('bob');
    const ann = await fixture.agent('ann', {
      front: { resident: true, allowedTools: ['mcp__agent-runner__send_message'] },
      script: sending,
    });
    const off = await fixture.agent('off', { front: { resident: true, mcp: false } });
    await fixture.start().says(/watching/);
    const ids: string[] = [];
    for (const word of ['one', 'two']) {
      ids.push(await ann.send(`go: ${word}`));
      expect(await ann.answer(ids.at(-1)!)).toContain('"delivery":"delivered"');
    }
    expect(ann.intent(2).resident).toMatchObject({ first: 1 });
    const sent = bob.ids().map(bob.message);
    expect(sent).toMatchObject(ids.map((trace, at) => ({ from: 'ann', hops: 1, trace, turn: at + 1 })));
    expect(await off.answer(await off.send('@@SAY none@@'))).toBe('none');
    expect(ownTools(off.requests()[0]!.body)).toEqual([]);
  });

  it.each(['passive', { allowlist: { wake: ['mcp__agent-runner__list_peers'] } }])(
    'has none of them in a turn that signals alone start, if signals are %j',
    async signals => {
      await using fixture = await agentFixture();
      const ann = await fixture.agent('ann', {
        front: { mcp: true, resident: true, signals },
        script: () => text('seen'),
      });
      await fixture.start().says(/watching/);
      await fixture.command('notify', 'ann');
      await ann.ended(1);
      expect(ann.requests()).not.toEqual([]);
      expect(ann.requests().flatMap(({ body }) => ownTools(body))).toEqual([]);
    },
  );
});
