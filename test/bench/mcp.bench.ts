/**
 * What our MCP server costs a claude: from its start to its first request, without the server and with it, in turn; processor and
 * memory of the server's process; the tokens of the schemas (characters / 4 of the tools in the request).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'vitest';
import { userLine } from '#hooks/claude/user-line.ts';
import { text } from '#runner/demo/model-server/reply.ts';
import { realClaudePath, sealed } from '#test/support/isolated-claude.ts';
import { startModelServer } from '#test/support/model/server.ts';
import { cli, percentile, report, usageOf } from './fleet.ts';

const SAMPLES = Number(process.env.AGENT_RUNNER_BENCH_SAMPLES ?? 20);
const SERVER = { command: process.execPath, args: [resolve(cli), 'mcp'], alwaysLoad: true };
const CONFIG = `--mcp-config=${JSON.stringify({ mcpServers: { 'agent-runner': SERVER } })}`;
const FLAGS = ['-p', '--verbose', '--input-format=stream-json', '--output-format=stream-json'];
const WARM = 1;
const TURNS = 10;

interface Figures {
  firstMs: number;
  /** A later line → its request: the middle of some. */
  turnMs: number;
  rssMiB: number;
  serverCpuMs: number;
  serverRssMiB: number;
  serverPssMiB: number;
  toolChars: number;
}

/** One claude that takes a line, and then some more. */
async function once(args: readonly string[]): Promise<Figures> {
  await using server = await startModelServer(() => text('one'));
  await using place = await sealed({ baseUrl: server.url });
  const begunMs = performance.now();
  const claude = place.start({
    executable: realClaudePath(),
    args: [...FLAGS, ...args],
    prompt: userLine('one', 'a-line'),
    stays: true,
  });
  await server.seen();
  const firstMs = performance.now() - begunMs;
  await claude.line(({ type }) => type === 'result');
  const turns: number[] = [];
  for (let at = 0; at < TURNS; at++) {
    const word = `line ${at}.`;
    const writtenMs = performance.now();
    claude.child.stdin.write(userLine(word, word));
    await server.seen(({ prompt }) => prompt === word);
    turns.push(performance.now() - writtenMs);
    await claude.line(({ type, user_message_uuids }) => type === 'result' && user_message_uuids?.includes(word));
  }
  const turnMs = percentile(turns, 0.5);
  const tools = (server.turns()[0]!.body.tools ?? []).filter(({ name }) => name?.startsWith('mcp__'));
  const served = childrenOf(claude.pid);
  const sum = (file: string, field: RegExp) =>
    served.reduce((all, pid) => all + Number(field.exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1]), 0) / 1024;
  const serverCpuMs = served.reduce((all, pid) => all + usageOf(Number(pid)).cpuMs, 0);
  const rssMiB = usageOf(claude.pid).rssMb;
  const serverRssMiB = sum('status', /VmRSS:\s+(\d+)/);
  const serverPssMiB = sum('smaps_rollup', /^Pss:\s+(\d+)/m);
  claude.child.stdin.end();
  await claude.ended;
  return {
    firstMs,
    turnMs,
    rssMiB,
    serverCpuMs,
    serverRssMiB,
    serverPssMiB,
    toolChars: tools.length === 0 ? 0 : JSON.stringify(tools).length,
  };
}

const childrenOf = (pid: number): string[] =>
  readdirSync('/proc').filter(name => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/stat`, 'latin1').split(') ')[1]!.split(' ')[1] === String(pid);
    } catch {
      return false;
    }
  });

test('what the MCP server costs a claude', async () => {
  const found: Record<'without' | 'with', Figures[]> = { without: [], with: [] };
  for (let round = -WARM; round < SAMPLES; round++)
    for (const [way, args] of [
      ['without', []],
      ['with', [CONFIG]],
    ] as const) {
      const figures = await once(args);
      if (round >= 0) found[way].push(figures);
    }
  const middle = (way: 'without' | 'with', of: keyof Figures) =>
    percentile(
      found[way].map(each => each[of]),
      0.5,
    );
  const ratio = (of: keyof Figures) => `${(middle('with', of) / middle('without', of)).toFixed(2)} x`;
  const ms = (of: keyof Figures) => `${middle('with', of).toFixed(0)} and ${middle('without', of).toFixed(0)} ms`;
  report('claude -p, start to first request, with : without the MCP server', `${ratio('firstMs')} (${ms('firstMs')})`);
  report('a later line of a claude that stays to its request, the same', `${ratio('turnMs')} (${ms('turnMs')})`);
  report(
    'the claude itself, the same',
    `RSS ${middle('with', 'rssMiB').toFixed(0)}, ${middle('without', 'rssMiB').toFixed(0)} MiB`,
  );
  report(
    'the MCP server’s process',
    `${middle('with', 'serverCpuMs').toFixed(0)} ms of processor, RSS ${middle('with', 'serverRssMiB').toFixed(0)} MiB, PSS ${middle('with', 'serverPssMiB').toFixed(0)} MiB`,
  );
  const chars = middle('with', 'toolChars');
  report('the schemas of its tools in each request', `${chars} characters, some ${Math.round(chars / 4)} tokens`);
});
