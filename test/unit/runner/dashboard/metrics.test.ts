// What Prometheus gets: what stands now, and what happened since the server started.
import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { agentLayout, rootLayout } from '#blackboard/layout.ts';
import { metricsToken } from '#runner/dashboard/access.ts';
import { metricsText } from '#runner/dashboard/metrics.ts';
import { send } from '#runner/verbs/send.ts';
import { ORIGIN, type PageServer, pageServer } from './page-server.ts';

let server: PageServer;
beforeEach(async () => {
  server = await pageServer();
  await server.place.agent('ann');
});
afterEach(() => server[Symbol.asyncDispose]());

const lines = async (): Promise<string[]> => (await (await server.ask('GET', '/metrics')).text()).split('\n');

test('the text is the format’s: each metric with its type, labels escaped', () => {
  const text = metricsText([
    {
      name: 'x',
      type: 'gauge',
      help: 'A number.',
      samples: [
        { labels: { a: 'q"\\\n' }, value: 1.5 },
        { labels: {}, value: 0 },
      ],
    },
  ]);
  expect(text).toBe(
    '# HELP agent_runner_x A number.\n# TYPE agent_runner_x gauge\nagent_runner_x{a="q\\"\\\\\\n"} 1.5\nagent_runner_x 0\n',
  );
});

test('what stands: peers by state, the depth and the age of each queue', async () => {
  await send(server.place.context, { to: 'ann', text: 'one', files: [], cwd: server.place.home });
  const said = await lines();
  expect(said).toContain('agent_runner_peers{kind="agent",state="not-running"} 1');
  expect(said).toContain('agent_runner_queue_messages{peer="ann",place="waiting"} 1');
  expect(said).toContain('agent_runner_runner_up 0');
  expect(said.some(line => /^agent_runner_queue_oldest_seconds\{peer="ann"\} [\d.]+$/.test(line))).toBe(true);
});

test('what happens is counted from the start on, also over a rotation of the log', async () => {
  const { events } = agentLayout(server.place.context.root, 'ann');
  const ended = (turn: number, verdict = 'answered') =>
    `${JSON.stringify({ at: new Date().toISOString(), peer: 'ann', type: 'turn.ended', turn, kind: 'request', bySignal: false, askers: [], verdict, reason: null, costUsd: 0, reportedUsd: null, seconds: 1, cacheReadTokens: 0, cacheWrittenTokens: 0, cacheMissed: false, messages: [] })}\n`;
  await lines();
  writeFileSync(events, ended(1) + ended(2));
  renameSync(events, `${events}.1`);
  writeFileSync(events, ended(3, 'failed'));
  const said = await lines();
  expect(said).toContain('agent_runner_turns_total{peer="ann",verdict="answered"} 2');
  expect(said).toContain('agent_runner_turns_total{peer="ann",verdict="failed"} 1');
  expect(await lines()).toContain('agent_runner_turns_total{peer="ann",verdict="failed"} 1');
});

test('trouble of hooks and decisions about signals are counted by their logs', async () => {
  const { hooksLog, wake } = rootLayout(server.place.context.root);
  const hookTroubles = (count: number) => `agent_runner_troubles_total{peer="",trouble="hook"} ${count}`;
  writeFileSync(hooksLog, 'the first\n');
  expect(await lines()).toContain(hookTroubles(1));
  appendFileSync(hooksLog, 'one\ntwo\nnot whole');
  mkdirSync(join(wake, 'ann'), { recursive: true });
  const log = join(wake, 'ann', 'signals.log');
  writeFileSync(log, '');
  await lines();
  appendFileSync(
    log,
    `${JSON.stringify({ source: 'socket', type: 'wake', decision: 'refused', reason: 'rate' })}\nno JSON\n`,
  );
  const said = await lines();
  expect(said).toContain(hookTroubles(3));
  expect(said).toContain('agent_runner_signals_total{peer="ann",decision="refused",source="socket",reason="rate"} 1');
});

test('its word opens /metrics at its own address, and nothing else', async () => {
  const { files, root } = server.place.context;
  const token = await metricsToken(files, root, ORIGIN, Date.now());
  const by = (path: string) =>
    server.ask('GET', path, undefined, { authorization: `Bearer ${token}`, 'sec-fetch-site': undefined });
  expect((await by('/metrics')).status).toBe(200);
  expect((await by('/api/session')).status).toBe(401);
  expect((await server.ask('GET', '/metrics', undefined, { authorization: undefined })).status).toBe(401);
});

test('the page and the example for Grafana name metrics that there are, and the page names all', async () => {
  const there = (await lines()).flatMap(line => /^# TYPE (\S+)/.exec(line)?.[1] ?? []);
  const page = [...readFileSync('docs/metrics.md', 'utf8').matchAll(/^\| `(agent_runner_\w+)/gm)].map(
    ([, name]) => name,
  );
  expect(page).toEqual(there);
  const example = readFileSync('docs/grafana.json', 'utf8');
  const used = [...example.matchAll(/agent_runner_\w+/g)].map(([name]) => name);
  expect(used.filter(name => !there.includes(name))).toEqual([]);
  expect(JSON.parse(example).panels).toHaveLength(10);
});
