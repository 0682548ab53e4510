// The MCP server as its own process, spoken to line by line: what a claude relies on, and what a claude does not try.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sessionLayout } from '#blackboard/layout.ts';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { makeRoot } from '#blackboard/root.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { cliPath } from '#test/support/agent-fixture.ts';
import { until } from '#test/support/until.ts';

const SESSION = '963bf434-039c-4310-b9b7-061eef298631';
const files = createRunnerFiles();
let home: string;
let root: string;

/** This process is the claude of a session: the server is its child. */
beforeAll(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-')));
  root = join(home, '.agent-runner');
  await makeRoot(files, root, false);
  await registerSession(files, root, {
    ...{ id: SESSION, cwd: home, branch: null, process: selfIdentity(), tmux: null, configDir: null, transcript: null },
    startedAt: new Date().toISOString(),
  });
});
afterAll(() => rmSync(home, { recursive: true }));

// biome-ignore lint/suspicious/noExplicitAny: lines of the protocol, read as a test sees them
type Line = any;

function serve(nodeArgs: string[] = [], place = root) {
  const child = spawn(process.execPath, [...nodeArgs, cliPath, '--root', place, 'mcp'], {
    env: { HOME: home, PATH: process.env.PATH, CLAUDECODE: '1' },
    stdio: 'pipe',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', piece => {
    stdout += piece;
  });
  child.stderr.setEncoding('utf8').on('data', piece => {
    stderr += piece;
  });
  // Each line must be the protocol's: anything else is no JSON.
  const lines = (): Line[] =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line));
  const send = (...messages: object[]) =>
    void child.stdin.write(messages.map(each => `${JSON.stringify({ jsonrpc: '2.0', ...each })}\n`).join(''));
  return {
    child,
    send,
    stderr: () => stderr,
    ended: once(child, 'close').then(([code, signal]) => ({ code, signal, lines: lines() })),
    answer: (id: number): Promise<Line> =>
      until(`answer ${id}`, () => lines().find(line => line.id === id), { about: () => stderr }),
    call: (id: number, name: string, args: object = {}) =>
      send({ id, method: 'tools/call', params: { name, arguments: args } }),
    open: () =>
      send(
        {
          id: 0,
          method: 'initialize',
          params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
        },
        { method: 'notifications/initialized' },
      ),
  };
}

const textOf = (line: Line): string => line.result.content[0].text;
const waiters = () => {
  const { waiters } = sessionLayout(root, SESSION).inbox;
  return existsSync(waiters) ? readdirSync(waiters) : [];
};

it('answers both eras of the protocol with the same tools', async () => {
  const old = serve();
  old.open();
  old.send({ id: 1, method: 'tools/list' });
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const fresh = serve();
  fresh.send({ id: 0, method: 'server/discover', params: { _meta: meta } });
  fresh.send({ id: 1, method: 'tools/list', params: { _meta: meta } });
  expect((await old.answer(0)).result).toMatchObject({ serverInfo: { name: 'agent-runner' } });
  expect((await fresh.answer(0)).result.supportedVersions).toContain('2026-07-28');
  const names = async (server: typeof old) => (await server.answer(1)).result.tools.map((tool: Line) => tool.name);
  expect(await names(fresh)).toEqual(await names(old));
  for (const { child, ended } of [old, fresh]) {
    child.stdin.end();
    expect(await ended).toMatchObject({ code: 0, signal: null });
  }
});

it('answers calls beside one that waits, and at the end of its input ends that one and itself', async () => {
  const server = serve();
  server.open();
  server.call(1, 'ask', { to: 'operator', text: 'may I?' });
  await until('the waiter', () => waiters().length === 1);
  server.call(2, 'post_entry', { text: 'beside' });
  server.call(3, 'read_board');
  expect(textOf(await server.answer(2))).toContain('"cursor"');
  expect(textOf(await server.answer(3))).toContain('"entries"');
  server.child.stdin.end();
  expect(await server.ended).toMatchObject({ code: 0, signal: null });
  // Nobody is taken to wait any more.
  expect(waiters()).toEqual([]);
});

it.each(['SIGINT', 'SIGTERM'] as const)('ends by %s as at the end of its input', async name => {
  const server = serve();
  server.open();
  server.call(1, 'ask', { to: 'operator', text: `by ${name}?` });
  await until('the waiter', () => waiters().length === 1);
  server.child.kill(name);
  expect(await server.ended).toMatchObject({ code: 0, signal: null });
  expect(waiters()).toEqual([]);
});

it('lets nothing but the protocol reach stdout, whoever prints', async () => {
  const noisy = join(home, 'noisy.cjs');
  const noise = "console.log('STRAY'); process.stdout.write('STRAY'); console.error('aside');";
  writeFileSync(
    noisy,
    `const say = JSON.stringify; JSON.stringify = (...args) => { if (args[0]?.jsonrpc) { ${noise} } return say(...args); };\n`,
  );
  const server = serve(['-r', noisy]);
  server.open();
  server.call(1, 'list_peers');
  await server.answer(1);
  server.child.stdin.end();
  const { lines } = await server.ended;
  expect(lines.map(({ id }) => id)).toEqual([0, 1]);
  expect(server.stderr()).toContain('STRAY');
  // The control: without the command's guard these words are on stdout.
  const bare = ['-r', noisy, '-e', 'JSON.stringify({ jsonrpc: 1 })'];
  const { status, stdout } = spawnSync(process.execPath, bare, { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'STRAY\nSTRAY' });
});

it('goes on after what is no JSON and no method, and says what is wrong where there is no root', async () => {
  const server = serve([], join(home, 'none'));
  server.open();
  await server.answer(0);
  server.child.stdin.write('not JSON\n{"jsonrpc":"2.0"}\n');
  server.send({ id: 1, method: 'no/method' });
  expect((await server.answer(1)).error.code).toBe(-32601);
  server.call(2, 'list_peers');
  expect(textOf(await server.answer(2))).toMatch(/is no directory|there is no root|no root[\s\S]*init/);
  server.child.stdin.end();
  expect(await server.ended).toMatchObject({ code: 0 });
});

it('ends at a line that is too long to be read, rather than to hear nothing any more: claude starts it again', async () => {
  const server = serve();
  server.open();
  await server.answer(0);
  server.child.stdin.on('error', () => {});
  server.child.stdin.write('x'.repeat(11 * 1024 * 1024));
  expect(await server.ended).toMatchObject({ code: 0, signal: null });
});
