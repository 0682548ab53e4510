/** A message for later is due → claude process started, on an idle agent: what `at` and `notBefore` are late by. */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { encodeMessage } from '#blackboard/messages/message-encode.ts';
import { newId } from '#blackboard/system/ids.ts';
import { benchRoot, end, percentile, report, startUntil } from './fleet.ts';

const SAMPLES = Number(process.env.AGENT_RUNNER_BENCH_SAMPLES ?? 20);
/** The agent has nothing to do in between. */
const AHEAD_MS = 1_500;

test('message for later is due → claude process started', { timeout: 300_000 }, async () => {
  for (const agents of [1, 1000]) {
    using bench = benchRoot(agents);
    const runner = await startUntil(process.execPath, ['dist/cli.js', 'start'], bench.env, 'watching');
    const home = join(bench.root, 'agents', 'a0');
    mkdirSync(join(home, 'inbox', 'later'), { recursive: true });
    const samples: number[] = [];
    for (let index = 1; index <= SAMPLES; index++) {
      const nowMs = Date.now();
      const [id, at, notBefore] = [newId(nowMs), ...[nowMs, nowMs + AHEAD_MS].map(ms => new Date(ms).toISOString())];
      const message = {
        id,
        from: 'operator',
        kind: 'request',
        at: at!,
        notBefore: notBefore!,
        trace: id,
        hops: 0,
      } as const;
      writeFileSync(join(bench.base, 'message'), encodeMessage({ ...message, body: 'hello' }));
      const started = bench.nextStart();
      renameSync(join(bench.base, 'message'), join(home, 'inbox', 'later', `${nowMs + AHEAD_MS}-${id}`));
      await started;
      samples.push(Date.now() - (nowMs + AHEAD_MS));
      const closed = join(home, 'turns', String(index).padStart(6, '0'), 'closed');
      while (!existsSync(closed)) await new Promise(resolve => setTimeout(resolve, 5));
    }
    await end(runner);
    report(
      `late by, ${agents} idle agents`,
      `p50 ${percentile(samples, 0.5).toFixed(0)} ms, p95 ${percentile(samples, 0.95).toFixed(0)} ms (target 100 ms)`,
    );
  }
});
