// Each key of agent.md that becomes a flag does with the real claude what its name says; beside it, the same without the key.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { turnLayout } from '#blackboard/layout.ts';
import type { ModelBody } from '#runner/demo/model-server/model-request.ts';
import { type AgentFixture, agentFixture, type TestAgent } from '#test/support/agent-fixture.ts';

let fixture: AgentFixture;
beforeAll(async () => {
  fixture = await agentFixture();
  await fixture.start().says(/watching/);
});
afterAll(() => fixture[Symbol.asyncDispose]());

let count = 0;
/** Two agents who differ by these keys alone, each in a directory of its own. */
async function pair(front: Record<string, unknown>, more: Record<string, unknown> = {}) {
  count++;
  return {
    plain: await fixture.agent(`plain-${count}`, { front: { approvals: 'off', ...more } }),
    keyed: await fixture.agent(`keyed-${count}`, { front: { approvals: 'off', ...more, ...front } }),
  };
}

/** Has it work on the text; what it asked the model. */
async function asked(agent: TestAgent, text = '@@SAY done@@'): Promise<ModelBody> {
  await agent.outcome(await agent.send(text));
  return agent.requests()[0]!.body;
}

const toolNames = (body: ModelBody): string[] =>
  ((body as { tools?: { name: string }[] }).tools ?? []).map(({ name }) => name);
const write = (path: string) => `@@TOOL Write {"file_path":"${path}","content":"x"}@@ @@SAY tried@@`;

it('model', async () => {
  const { plain, keyed } = await pair({ model: 'haiku' });
  expect((await asked(keyed)).model).toContain('haiku');
  expect((await asked(plain)).model).not.toContain('haiku');
});

it('effort', async () => {
  const { plain, keyed } = await pair({ effort: 'low' }, { model: 'opus' });
  const effort = (body: ModelBody) => (body as { output_config?: { effort?: string } }).output_config?.effort;
  expect(effort(await asked(keyed))).toBe('low');
  expect(effort(await asked(plain))).not.toBe('low');
});

it('permissionMode', async () => {
  const { plain, keyed } = await pair({ permissionMode: 'acceptEdits' });
  for (const agent of [plain, keyed]) await asked(agent, write(join(agent.cwd, 'made')));
  expect([plain, keyed].map(({ cwd }) => existsSync(join(cwd, 'made')))).toEqual([false, true]);
});

it('disallowedTools', async () => {
  const { plain, keyed } = await pair({ disallowedTools: ['Write', 'WebFetch'] });
  expect(toolNames(await asked(plain))).toEqual(expect.arrayContaining(['Read', 'Write']));
  const names = toolNames(await asked(keyed));
  expect(names).toContain('Read');
  expect(names).not.toContain('Write');
});

it('addDirs', async () => {
  const beside = join(fixture.place.root, 'beside');
  mkdirSync(beside);
  writeFileSync(join(beside, 'fact.txt'), 'the fact that lies beside');
  const { plain, keyed } = await pair({ addDirs: [beside] });
  const read = `@@TOOL Read {"file_path":"${join(beside, 'fact.txt')}"}@@ @@SAY tried@@`;
  for (const agent of [plain, keyed]) await asked(agent, read);
  expect(keyed.requests().at(-1)!.toolResult).toContain('the fact that lies beside');
  expect(plain.requests().at(-1)!.toolResult).not.toContain('the fact that lies beside');
});

it.each(['object', 'file'])('settings, as %s', async form => {
  const settings = { permissions: { allow: ['Write'] } };
  const path = join(fixture.place.root, 'settings.json');
  writeFileSync(path, JSON.stringify(settings));
  const { plain, keyed } = await pair({ settings: form === 'file' ? path : settings });
  for (const agent of [plain, keyed]) await asked(agent, write(join(agent.cwd, 'made')));
  expect([plain, keyed].map(({ cwd }) => existsSync(join(cwd, 'made')))).toEqual([false, true]);
  // Ours stay beside it.
  expect(readFileSync(turnLayout(keyed.layout.turns, 1).settings, 'utf8')).toContain('"crossSessionInbound": "refuse"');
});

it('settingSources', async () => {
  const { plain, keyed } = await pair({ settingSources: ['user'] }, { maxAttempts: 1 });
  for (const { cwd } of [plain, keyed]) {
    mkdirSync(join(cwd, '.claude'));
    const hooks = { UserPromptSubmit: [{ hooks: [{ type: 'command', command: 'echo not here >&2; exit 2' }] }] };
    writeFileSync(join(cwd, '.claude/settings.json'), JSON.stringify({ hooks }));
  }
  expect(await keyed.outcome(await keyed.send('@@SAY done@@'))).toMatchObject({ outcome: 'replied' });
  expect(await plain.outcome(await plain.send('@@SAY done@@'))).toMatchObject({ outcome: 'dead' });
});

it('mcpConfig', async () => {
  const server = join(fixture.place.root, 'mcp-server.mjs');
  writeFileSync(
    server,
    `import { createInterface } from 'node:readline';
const results = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'probe', version: '1' } }),
  'tools/list': () => ({ tools: [{ name: 'ping', description: 'a probe', inputSchema: { type: 'object' } }] }),
  'tools/call': () => ({ content: [{ type: 'text', text: 'pong of the probe' }] }),
};
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: '2.0', id, result: results[method]?.(params) ?? {} }));
}
`,
  );
  const mcpConfig = join(fixture.place.root, 'mcp.json');
  writeFileSync(mcpConfig, JSON.stringify({ mcpServers: { probe: { command: process.execPath, args: [server] } } }));
  const { plain, keyed } = await pair({ mcpConfig }, { allowedTools: ['mcp__probe'] });
  for (const agent of [plain, keyed]) await asked(agent, '@@TOOL mcp__probe__ping {}@@ @@SAY tried@@');
  expect(keyed.requests().at(-1)!.toolResult).toContain('pong of the probe');
  expect(plain.requests().at(-1)!.toolResult).not.toContain('pong of the probe');
});

it('extraArgs', async () => {
  const { plain, keyed } = await pair({ extraArgs: ['--tools', 'Read'] });
  expect(toolNames(await asked(plain))).toEqual(expect.arrayContaining(['Read', 'Write']));
  const names = toolNames(await asked(keyed));
  expect(names).toContain('Read');
  expect(names).not.toContain('Write');
});

it('maxTurns', async () => {
  const { plain, keyed } = await pair({ maxTurns: 1 }, { maxAttempts: 1 });
  const twice = '@@TOOL Bash {"command":"echo once"}@@ @@SAY and an answer@@';
  expect(await plain.answer(await plain.send(twice))).toBe('and an answer');
  expect(await keyed.outcome(await keyed.send(twice))).toMatchObject({
    outcome: 'dead',
    reason: expect.stringContaining('the turn reached maxTurns'),
  });
});

it('batch', async () => {
  const { plain, keyed } = await pair({ batch: 'one' }, { enabled: false });
  for (const agent of [plain, keyed]) {
    const ids = [await agent.send('@@SAY done@@', { thread: 't' }), await agent.send('more', { thread: 't' })];
    agent.define({ front: agent === keyed ? { batch: 'one' } : {} });
    for (const id of ids) await agent.outcome(id);
  }
  expect([plain, keyed].map(agent => agent.turns())).toEqual([[1], [1, 2]]);
});

it('enabled', async () => {
  const { plain, keyed } = await pair({ enabled: false });
  const id = await keyed.send('@@SAY done@@');
  await asked(plain);
  expect((await keyed.where(id))?.state).toBe('new');
  expect(existsSync(keyed.layout.runner)).toBe(false);
  keyed.define({});
  expect(await keyed.answer(id)).toBe('done');
});
