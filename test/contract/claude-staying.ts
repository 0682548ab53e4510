// Contract cases: a claude whose stdin stays open, as the residents rely on it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endedWell } from '#hooks/claude/session-transcript.ts';
import { offersTools, toolMessageOn, toolReply } from '#hooks/claude/tool-messages.ts';
import { userLine } from '#hooks/claude/user-line.ts';
import { wholeText } from '#runner/demo/model-server/model-request.ts';
import { timesIn } from '#test/support/agent-fixture.ts';
import type { RunningClaude } from '#test/support/isolated-claude.ts';
import { until } from '#test/support/until.ts';
import { type Bench, bench, hookSettings, isAlive, type Subject } from './claude-subject.ts';

// biome-ignore lint/suspicious/noExplicitAny: lines of the CLI, read as a test sees them
type Line = any;
const isEnd = (uuid: string) => (line: Line) =>
  line.type === 'command_lifecycle' && line.command_uuid === uuid && /completed|cancelled/.test(line.state);
const ask = (id: string, request: object) =>
  `${JSON.stringify({ type: 'control_request', request_id: id, request })}\n`;
const isAnswer = (id: string) => (line: Line) => line.type === 'control_response' && line.response.request_id === id;
const states = (lines: Line[], uuid: string) =>
  lines.filter(line => line.command_uuid === uuid).map(({ state }) => state);
const results = (lines: Line[]) => lines.filter(({ type }) => type === 'result');

/** Answers the messages for our MCP server, which has one tool, until that is listed; their methods. */
async function serveTools(claude: RunningClaude, onList: () => void = () => {}): Promise<unknown[]> {
  const served: unknown[] = [];
  while (!served.includes('tools/list')) {
    const line = await claude.line(each => {
      const asked = toolMessageOn(JSON.stringify(each));
      return asked !== null && !served.includes(asked.message.method);
    });
    const { requestId, message } = toolMessageOn(JSON.stringify(line))!;
    served.push(message.method);
    if (message.method === 'tools/list') onList();
    const tools = [{ name: 'send', inputSchema: { type: 'object' }, _meta: { 'anthropic/alwaysLoad': true } }];
    const result =
      message.method === 'tools/list'
        ? { tools }
        : { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'a', version: '1' } };
    const reply = message.id === undefined ? null : { jsonrpc: '2.0', id: message.id, result };
    const response = { subtype: 'success', request_id: requestId, response: toolReply(reply) };
    claude.child.stdin.write(`${JSON.stringify({ type: 'control_response', response })}\n`);
  }
  return served;
}

export function stayingCases(subject: Subject): void {
  const stay = (b: Bench, args: string[] = ['--session-id', b.id]) => {
    const claude = b.place.start({
      executable: subject.executable(),
      args: [
        ...['-p', '--verbose', '--input-format', 'stream-json', '--output-format', 'stream-json'],
        ...['--permission-mode', 'manual', '--allowedTools', 'Bash', ...args],
      ],
      stays: true,
    });
    const write = (...lines: string[]) => void claude.child.stdin.write(lines.join(''));
    const turn = async (prompt: string, uuid: string) => {
      write(userLine(prompt, uuid));
      await claude.line(isEnd(uuid));
    };
    return { claude, write, turn };
  };
  const leave = ({ child, ended }: RunningClaude) => {
    child.stdin.end();
    return ended;
  };

  it('takes line after line: each has its own init and result, the cost is a total, the end of input its end', async () => {
    await using b = await bench(subject);
    const { claude, turn } = stay(b);
    await turn('the word is nougat @@SAY one@@', 'u1');
    await turn('@@SAY two@@', 'u2');
    const { code, lines } = await leave(claude);
    expect(code).toBe(0);
    expect(lines.filter(({ subtype }) => subtype === 'init')).toHaveLength(2);
    const [one, two] = results(lines);
    expect(one).toMatchObject({ result: 'one', user_message_uuids: ['u1'], result_index: 0 });
    expect(two).toMatchObject({ result: 'two', user_message_uuids: ['u2'], result_index: 1 });
    expect(two.total_cost_usd).toBeCloseTo(2 * one.total_cost_usd, 9);
    const [since] = Object.values(two.model_usage_since_last_result) as { costUSD: number }[];
    expect(since!.costUSD).toBeCloseTo(one.total_cost_usd, 9);
    // What ends a turn is said after its result.
    expect(lines.findLastIndex(isEnd('u2'))).toBeGreaterThan(lines.indexOf(two));
    expect(JSON.stringify(b.server.turns()[1]!.body)).toContain('the word is nougat');
  });

  it('makes one turn of lines that wait together', async () => {
    await using b = await bench(subject);
    const { claude, write } = stay(b);
    write(userLine('@@DELAY 300@@ @@SAY one@@', 'u1'));
    await claude.line(line => line.subtype === 'init');
    await b.server.seen();
    write(userLine('second line', 'u2'), userLine('third line', 'u3'));
    await claude.line(isEnd('u3'));
    const { lines } = await leave(claude);
    expect(results(lines).map(line => line.user_message_uuids)).toEqual([['u1'], ['u2', 'u3']]);
    expect(b.prompts().at(-1)).toBe('second line\nthird line');
  });

  it('drops a line whose uuid it had, and after a resume says that it is completed, though its turn was killed', async () => {
    await using b = await bench(subject);
    const first = stay(b);
    await first.turn('@@SAY one@@', 'u1');
    first.write(userLine('@@SAY again@@', 'u1'));
    await first.turn('@@SAY two@@', 'u2');
    first.write(userLine('killed @@TOOL Bash {"command":"touch begun; sleep 60"}@@', 'u3'));
    await until('the tool', () => existsSync(join(b.place.cwd, 'begun')));
    await until('its prompt', () => b.prompts().some(prompt => prompt.startsWith('killed')));
    process.kill(first.claude.pid, 'SIGKILL');
    const { lines: before } = await first.claude.ended;
    expect(results(before).map(({ result }) => result)).toEqual(['one', 'two']);
    const requests = b.server.turns().length;
    const second = stay(b, ['--resume', b.id]);
    second.write(userLine('killed, once more', 'u3'));
    await second.claude.line(isEnd('u3'));
    const { lines } = await leave(second.claude);
    expect(states(lines, 'u3')).toEqual(['completed']);
    expect(results(lines).filter(line => line.user_message_uuids?.includes('u3'))).toEqual([]);
    expect(b.server.turns()).toHaveLength(requests);
  });

  it('ends at once at a line that is no JSON, in mid-turn, without a result', async () => {
    await using b = await bench(subject);
    const { claude, write } = stay(b);
    write(userLine('@@HANG@@', 'u1'));
    await b.server.seen();
    write('oops\n');
    const { code, lines, stderr } = await claude.ended;
    expect(code).toBe(1);
    expect(results(lines)).toEqual([]);
    expect(stderr).toContain('Error parsing streaming input line');
  });

  it('runs nothing of half a line, and ends when nobody writes the rest', async () => {
    await using b = await bench(subject);
    const { claude, write } = stay(b);
    write(userLine('@@SAY one@@', 'u1').slice(0, -20));
    const { code, lines, stderr } = await leave(claude);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^\s*Error parsing streaming input line/);
    expect(lines.filter(({ subtype }) => !/^hook_/.test(subtype))).toEqual([]);
    expect([b.prompts(), b.server.turns()]).toEqual([[], []]);
  });

  it('stays after an interruption, which it answers before the result, and when nothing runs', async () => {
    await using b = await bench(subject);
    const { claude, write, turn } = stay(b);
    write(userLine('@@HANG@@', 'u1'));
    await b.server.seen();
    write(ask('r1', { subtype: 'interrupt' }));
    await claude.line(isEnd('u1'));
    write(ask('r2', { subtype: 'interrupt' }));
    await claude.line(isAnswer('r2'));
    await turn('@@SAY two@@', 'u2');
    const { code, lines } = await leave(claude);
    expect(code).toBe(0);
    expect(results(lines).map(line => line.terminal_reason)).toEqual(['aborted_streaming', 'completed']);
    expect(states(lines, 'u1').at(-1)).toBe('cancelled');
    expect(lines.findIndex(isAnswer('r1'))).toBeLessThan(lines.indexOf(results(lines)[0]));
  });

  it('finishes its turn at the end of input, and ends as its last result did', async () => {
    await using b = await bench(subject);
    const { claude, write, turn } = stay(b);
    await turn('@@SAY one@@', 'u1');
    write(
      userLine('@@TOOL Bash {"command":"touch begun; until [ -e go ]; do sleep 0.02; done"}@@ @@ERROR 400@@', 'u2'),
    );
    await until('the tool', () => existsSync(join(b.place.cwd, 'begun')));
    claude.child.stdin.end();
    expect(isAlive(claude.pid)).toBe(true);
    writeFileSync(join(b.place.cwd, 'go'), '');
    const { code, lines } = await claude.ended;
    expect(code).toBe(1);
    expect(results(lines).at(-1)).toMatchObject({ terminal_reason: 'api_error', user_message_uuids: ['u2'] });
  });

  it('takes up a permission mode from its next turn on, and says so in its init line', async () => {
    await using b = await bench(subject);
    const { claude, write, turn } = stay(b);
    await turn('@@SAY one@@', 'u1');
    write(ask('r1', { subtype: 'set_permission_mode', mode: 'plan' }));
    await turn('@@SAY two@@', 'u2');
    const { lines } = await leave(claude);
    expect(lines.find(isAnswer('r1')).response).toMatchObject({ subtype: 'success', response: { mode: 'plan' } });
    expect(lines.filter(({ subtype }) => subtype === 'init').map(line => line.permissionMode)).toEqual([
      'default',
      'plan',
    ]);
  });

  // What our MCP server in the runner rests on.
  it('asks an MCP server of who feeds it for its tools before its first request, and for calls; a gone one does no harm', async () => {
    await using b = await bench(subject);
    const { claude, write } = stay(b);
    write(ask('i1', offersTools), userLine('@@SAY one@@', 'u1'));
    const served = await serveTools(claude, () => expect(b.server.turns()).toEqual([]));
    await claude.line(isEnd('u1'));
    const { code, lines } = await leave(claude);
    expect(code).toBe(0);
    expect(served).toEqual(['initialize', 'notifications/initialized', 'tools/list']);
    expect(lines.find(isAnswer('i1')).response.subtype).toBe('success');
    const [init] = lines.filter(({ subtype }) => subtype === 'init');
    expect(init.mcp_servers).toMatchObject([{ name: 'agent-runner', status: 'connected' }]);
    expect(init.tools).toContain('mcp__agent-runner__send');

    await using alone = await bench(subject);
    const left = stay(alone);
    left.write(ask('i1', offersTools), userLine('@@SAY one@@', 'u1'));
    const end = await leave(left.claude);
    expect(end.code).toBe(0);
    expect(results(end.lines)).toMatchObject([{ result: 'one', user_message_uuids: ['u1'] }]);
    expect(end.lines.find(({ subtype }) => subtype === 'init').mcp_servers).toMatchObject([{ status: 'failed' }]);
  });

  // The traps of a claude that stays, which only the real one has.
  describe.runIf(subject.name === 'real')('the real one', () => {
    const isResult = ({ type }: Line) => type === 'result';

    it('runs /clear of a line that is not client_composed: the session, its cost and its budget begin again', async () => {
      await using b = await bench(subject);
      const { claude, write, turn } = stay(b);
      await turn('@@SAY one@@', 'u1');
      write(userLine('/clear', 'u2').replace('"client_composed":true', '"client_composed":false'));
      await claude.line(({ type }) => type === 'conversation_reset');
      await turn('@@SAY three@@', 'u3');
      const { lines } = await leave(claude);
      const [one, last] = [results(lines)[0], results(lines).at(-1)];
      expect(last.session_id).not.toBe(b.id);
      expect(last.total_cost_usd).toBeCloseTo(one.total_cost_usd, 9);
      expect(JSON.stringify(b.server.turns().at(-1)!.body)).not.toContain('SAY one');
    });

    it('calls half an answer a success without error, if another line cut it off', async () => {
      await using b = await bench(subject);
      const { claude, write } = stay(b, ['--session-id', b.id, '--include-partial-messages']);
      write(userLine('@@CHUNK 400@@ @@SAY half an answer of some length@@', 'u1'));
      await claude.line(({ event }) => event?.delta?.type === 'text_delta');
      write(userLine('@@SAY two@@', 'u2').replace('{', '{"priority":"now",'));
      await claude.line(isEnd('u2'));
      const [cut] = results((await leave(claude)).lines);
      expect(cut).toMatchObject({ subtype: 'success', is_error: false, user_message_uuids: ['u1'] });
      expect(cut.terminal_reason).toBe('aborted_streaming');
    });

    it('tells the model of an interruption as if the person had refused', async () => {
      await using b = await bench(subject);
      const { claude, write, turn } = stay(b);
      write(userLine('@@TOOL Bash {"command":"touch begun; sleep 60"}@@', 'u1'));
      await until('the tool', () => existsSync(join(b.place.cwd, 'begun')));
      write(ask('r1', { subtype: 'interrupt' }));
      await claude.line(isEnd('u1'));
      await turn('@@SAY two@@', 'u2');
      await leave(claude);
      expect(wholeText(b.server.turns().at(-1)!.body)).toMatch(/doesn't want to proceed|interrupted by user/);
    });

    it('tells the model that a call of its feeder’s MCP server was interrupted, when that is gone, and goes on', async () => {
      await using b = await bench(subject);
      const { claude, write } = stay(b, ['--session-id', b.id, '--allowedTools', 'mcp__agent-runner']);
      write(ask('i1', offersTools), userLine('@@TOOL mcp__agent-runner__send {}@@ @@SAY it went on@@', 'u1'));
      await serveTools(claude);
      await claude.line(line => toolMessageOn(JSON.stringify(line))?.message.method === 'tools/call');
      const { lines } = await leave(claude);
      expect(results(lines)).toMatchObject([{ result: 'it went on', terminal_reason: 'completed' }]);
      expect(wholeText(b.server.turns().at(-1)!.body)).toContain('It may or may not have completed on the server');
    });

    it('loses a deferred call in the process that deferred it', async () => {
      await using b = await bench(subject);
      const answer = { hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'defer' } };
      const settings = hookSettings({ PreToolUse: `echo '${JSON.stringify(answer)}'` });
      const { claude, write, turn } = stay(b, ['--session-id', b.id, '--settings', settings]);
      write(userLine('@@TOOL Bash {"command":"touch deferred"}@@', 'u1'));
      const deferred = await claude.line(isResult);
      await turn('@@SAY two@@', 'u2');
      await leave(claude);
      expect(deferred).toMatchObject({ subtype: 'success', is_error: false, terminal_reason: 'tool_deferred' });
      expect(wholeText(b.server.turns().at(-1)!.body)).toContain('Tool result missing due to internal error');
    });

    it('takes in a line without a question for nothing, once, and keeps it', async () => {
      await using b = await bench(subject);
      const { claude, turn, write } = stay(b);
      await turn('@@SAY one@@', 'u1');
      write(userLine('THE-NEWS', 'n1').replace('{', '{"shouldQuery":false,'));
      await claude.line(isEnd('n1'));
      expect(b.server.turns()).toHaveLength(1);
      await turn('@@SAY two@@', 'u2');
      const { lines } = await leave(claude);
      const [one, news, two] = results(lines);
      expect(news).toMatchObject({ user_message_uuids: ['n1'], num_turns: 0, total_cost_usd: one.total_cost_usd });
      expect(two.total_cost_usd).toBeCloseTo(2 * one.total_cost_usd, 9);
      expect(timesIn(wholeText(b.server.turns()[1]!.body), 'THE-NEWS')).toBe(1);
      expect(b.prompts()).toContain('THE-NEWS');
    });

    it('takes the end of its input for a refusal where a hook of its runner is asked, and goes on', async () => {
      await using b = await bench(subject);
      const { claude, write } = stay(b);
      const hooks = { PreToolUse: [{ matcher: 'Bash', hookCallbackIds: ['a'] }] };
      write(ask('r1', { subtype: 'initialize', hooks }));
      write(userLine('@@TOOL Bash {"command":"touch begun"}@@ @@SAY done@@', 'u1'));
      await claude.line(({ request }) => request?.subtype === 'hook_callback');
      const { lines } = await leave(claude);
      expect(results(lines)[0]).toMatchObject({ terminal_reason: 'completed', result: 'done' });
      expect(existsSync(join(b.place.cwd, 'begun'))).toBe(false);
      expect(wholeText(b.server.turns()[1]!.body)).toContain("doesn't want to take this action");
    });

    it('runs tools and hooks in Unix process groups of their own, and MCP servers in its own', async () => {
      await using b = await bench(subject);
      const path = (name: string) => join(b.place.cwd, name);
      const group = (name: string) => `ps -o pgid= -p $$ > ${path(name)}.part && mv ${path(name)}.part ${path(name)}`;
      writeFileSync(path('mcp.sh'), `${group('server')}\n`);
      const servers = { mcpServers: { late: { command: '/bin/sh', args: [path('mcp.sh')] } } };
      const settings = hookSettings({ Stop: group('hook') });
      const { turn, claude } = stay(b, [
        '--session-id',
        b.id,
        '--settings',
        settings,
        '--mcp-config',
        JSON.stringify(servers),
      ]);
      await turn(`@@TOOL Bash ${JSON.stringify({ command: group('tool') })}@@ @@SAY one@@`, 'u1');
      const read = (name: string) =>
        until(name, () => existsSync(path(name)) && Number(readFileSync(path(name), 'utf8')));
      expect(await read('server')).toBe(claude.pid);
      expect([await read('tool'), await read('hook')]).not.toContain(claude.pid);
      process.kill(claude.pid, 'SIGKILL');
      await claude.ended;
    });

    it('finishes its turn with a broken stdout, and has the answer in the transcript alone', async () => {
      await using b = await bench(subject);
      const { claude, write } = stay(b);
      write(
        userLine('@@TOOL Bash {"command":"touch begun; until [ -e go ]; do sleep 0.02; done"}@@ @@SAY kept@@', 'u1'),
      );
      await until('the tool', () => existsSync(join(b.place.cwd, 'begun')));
      claude.child.stdout.destroy();
      claude.child.stderr.destroy();
      claude.child.stdin.end();
      writeFileSync(join(b.place.cwd, 'go'), '');
      expect((await claude.ended).result).toBeUndefined();
      expect(endedWell(readFileSync(b.transcriptPath(), 'utf8'), ['SAY kept'])).toEqual({ text: 'kept' });
    });
  });

  it.runIf(subject.name === 'real')(
    'is told of a background task that ended in its last message, in a turn of its own',
    async () => {
      await using b = await bench(subject);
      const { claude, write } = stay(b);
      const task = JSON.stringify({ command: 'sleep 0.3', run_in_background: true });
      write(userLine(`@@TOOL Bash ${task}@@ @@DELAY 1200@@ @@SAY started@@`, 'u1'));
      await claude.line(line => line.origin?.kind === 'task-notification');
      const { lines } = await leave(claude);
      const [first, round] = results(lines);
      const told = lines.findIndex(({ subtype }) => subtype === 'task_notification');
      expect(told).toBeLessThan(lines.indexOf(first));
      expect(lines.slice(told, lines.indexOf(first)).filter(({ type }) => type === 'user')).toEqual([]);
      expect(round.user_message_uuids).toBeUndefined();
    },
  );
}
