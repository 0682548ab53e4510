/**
 * The page's server with many peers and messages, beside the same with ten peers: first picture, answers, a line from the file to the
 * page, memory, and what an open page costs while nothing happens. Prints ratios, and fails for none of them.
 */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'vitest';
import { agentLayout, INBOX_DIRECTORIES, rootLayout } from '#blackboard/layout.ts';
import { encodeMessage } from '#blackboard/messages/message-encode.ts';
import { newId } from '#blackboard/system/ids.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { makeLink } from '#runner/dashboard/access.ts';
import { type BenchRoot, benchRoot, cli, deliverTo, end, percentile, report, startUntil } from './fleet.ts';

const HOUR_MS = 3_600_000;
const IDLE_MS = 20_000;
const LINES = 60;
const WORDS = 'the build of the ladder is red again because its cache was cleared before the last commit came in'.split(
  ' ',
);

/** Messages of each agent that are done. */
function growDone({ root }: BenchRoot, agents: number, each: number): void {
  for (let agent = 0; agent < agents; agent++) {
    const { inbox } = agentLayout(root, `a${agent}`);
    for (const name of INBOX_DIRECTORIES) mkdirSync(join(inbox.inbox, name), { recursive: true, mode: 0o700 });
    mkdirSync(join(inbox.done, '2026-11-20'));
    const beganMs = Date.now() - HOUR_MS;
    for (let index = 0; index < each; index++) {
      const atMs = beganMs + index;
      const id = newId(atMs);
      const body = Array.from({ length: 20 }, (_, at) => WORDS[(agent * 7 + index * 3 + at) % WORDS.length]).join(' ');
      const head = { id, from: 'operator', kind: 'request' as const, at: new Date(atMs).toISOString() };
      writeFileSync(join(inbox.ids, id), encodeMessage({ ...head, trace: id, hops: 0, body }), { mode: 0o600 });
      linkSync(join(inbox.ids, id), join(inbox.done, '2026-11-20', `${atMs}-${id}`));
    }
  }
}

/** A page without a browser: its session, verbs and streams. */
async function openPage(bench: BenchRoot) {
  const child = await startUntil(process.execPath, [cli, 'dashboard', '--port', '0'], bench.env, 'The page is at');
  const { origin } = JSON.parse(readFileSync(rootLayout(bench.root).pageServer, 'utf8')) as { origin: string };
  const word = await makeLink(createSyncFiles(), bench.root, origin, Date.now());
  const headers: Record<string, string> = { origin, 'content-type': 'application/json' };
  const opened = await fetch(`${origin}/api/session`, { method: 'POST', headers, body: JSON.stringify({ word }) });
  headers.authorization = `Bearer ${((await opened.json()) as { token: string }).token}`;
  return {
    pid: child.pid!,
    async verb(name: string, given: object = {}) {
      const from = performance.now();
      const answer = await fetch(`${origin}/api/verbs/${name}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(given),
      });
      const said = (await answer.json()) as { isFilling?: boolean; hits?: unknown[] };
      return { said, ms: performance.now() - from };
    },
    /** Milliseconds until that much of the stream has come; it goes on until the returned function is called. */
    async follow(path: string, isThere: (text: string) => boolean) {
      const over = new AbortController();
      const from = performance.now();
      const { body } = await fetch(`${origin}${path}`, { headers, signal: over.signal });
      const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      while (!isThere(text)) text += (await reader.read()).value ?? '';
      const ms = performance.now() - from;
      /** Reads on: the next pieces that come. */
      const next = async (sign: string) => {
        let more = '';
        while (!more.includes(sign)) more += (await reader.read()).value ?? '';
      };
      return { ms, next, stop: () => over.abort() };
    },
    close: () => end(child),
  };
}

/** Milliseconds of processor that the process has used. */
function cpuMs(pid: number): number {
  const [user = 0, system = 0] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .split(') ')[1]!
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user + system) * 10;
}

const rssMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

async function measure(agents: number, each: number) {
  using bench = benchRoot(agents);
  growDone(bench, agents, each);
  rmSync(rootLayout(bench.root).looks, { recursive: true, force: true });
  const page = await openPage(bench);
  try {
    const fleet = await page.follow('/api/fleet', text => text.includes('event: fleet\n') && text.endsWith('\n\n'));
    const filled = performance.now();
    while ((await page.verb('work')).said.isFilling) await sleep(50);
    const fillMs = performance.now() - filled;
    const answers = { work: [] as number[], search: [] as number[], status: [] as number[] };
    for (let round = 0; round < 20; round++) {
      answers.work.push((await page.verb('work')).ms);
      answers.search.push((await page.verb('search', { text: 'ladder cache' })).ms);
      answers.status.push((await page.verb('status', { name: 'a1' })).ms);
    }
    const lines = await page.follow('/api/peers/a0/lines', text => text.includes('event: lines'));
    const latencies: number[] = [];
    const { events } = agentLayout(bench.root, 'a0');
    for (let round = 0; round < LINES; round++) {
      const word = `word-${round}-`;
      const line = { at: new Date().toISOString(), peer: 'a0', type: 'turn.text', turn: 1, text: word };
      const from = performance.now();
      writeFileSync(events, `${JSON.stringify(line)}\n`, { flag: 'a' });
      await lines.next(word);
      latencies.push(performance.now() - from);
    }
    await deliverTo(bench, 'a0');
    lines.stop();
    await sleep(2_000);
    const before = cpuMs(page.pid);
    await sleep(IDLE_MS);
    const idle = (cpuMs(page.pid) - before) / IDLE_MS;
    fleet.stop();
    return {
      ...{ firstMs: fleet.ms, fillMs, idle, rss: rssMiB(page.pid) },
      ...{
        work: percentile(answers.work, 0.5),
        search: percentile(answers.search, 0.5),
        status: percentile(answers.status, 0.5),
      },
      line: percentile(latencies, 0.5),
      line95: percentile(latencies, 0.95),
    };
  } finally {
    await page.close();
  }
}

test('1,000 peers with 100,000 messages, beside 10 peers with 1,000', { timeout: HOUR_MS }, async () => {
  const few = await measure(10, 100);
  const many = await measure(1_000, 100);
  const row = (what: string, key: keyof typeof few, unit = 'ms', digits = 1) =>
    report(
      `page: ${what}`,
      `${many[key].toFixed(digits)} ${unit}; with 10 peers ${few[key].toFixed(digits)}: ${(many[key] / few[key]).toFixed(1)} x`,
    );
  row('first picture of the fleet, from its request', 'firstMs', 'ms', 0);
  row('all messages read for the first time', 'fillMs', 'ms', 0);
  row('work, p50', 'work');
  row('search, p50', 'search');
  row('status of one agent, p50', 'status');
  row('a line from the file to the page, p50', 'line');
  row('the same, p95', 'line95');
  row('memory of the server', 'rss', 'MiB', 0);
  report(
    'page: processor while it is open and nothing happens',
    `${(many.idle * 100).toFixed(2)} %; with 10 peers ${(few.idle * 100).toFixed(2)} %`,
  );
});
