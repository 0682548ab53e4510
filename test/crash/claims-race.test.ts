/**
 * Real processes that claim one thing at once, on a real disk. A few by default; 50 and 1,000 rounds with AGENT_RUNNER_TEST_FULL=1
 * (test/property/claims.test.ts has 50 in every interleaving that is drawn).
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { releaseClaim } from '#blackboard/claims/claiming.ts';
import { rootLayout } from '#blackboard/layout.ts';
import { makeRoot } from '#blackboard/root.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';

const FULL = Boolean(process.env.AGENT_RUNNER_TEST_FULL);
const CLAIMERS = FULL ? 50 : 6;
const ROUNDS = FULL ? 1_000 : 40;
/** Rounds in which the control has to meet two winners. */
const CONTROL_ROUNDS = 3_000;

const files = createSyncFiles();
let place: string;
let root: string;
beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'claims-race-'));
  root = join(place, 'root');
  await makeRoot(files, root, false);
  for (let each = 0; each < CLAIMERS; each++) {
    mkdirSync(join(root, 'agents', `a${each}`), { recursive: true });
    writeFileSync(join(root, 'agents', `a${each}`, 'agent.md'), '---\n');
  }
  await build({
    entryPoints: [fileURLToPath(new URL('../support/claimer.ts', import.meta.url))],
    ...{ outfile: join(place, 'claimer.mjs'), bundle: true, platform: 'node', format: 'esm', target: 'node20.19' },
  });
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

interface Claimer {
  child: ChildProcessByStdio<Writable, Readable, null>;
  said(): Promise<string>;
}

async function claimers(how: string): Promise<Claimer[]> {
  const all = Array.from({ length: CLAIMERS }, (_, each): Claimer => {
    const child = spawn(process.execPath, [join(place, 'claimer.mjs'), root, `a${each}`, how], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return { child, said: async () => (await lines.next()).value ?? 'gone' };
  });
  for (const { said } of all) expect(await said()).toBe('ready');
  return all;
}

/** How many had it: all are told in one go. */
async function round(all: readonly Claimer[], key: string): Promise<number> {
  for (const { child } of all) child.stdin.write(`${key}\n`);
  const said = await Promise.all(all.map(each => each.said()));
  expect(said.filter(word => word !== 'won' && word !== 'lost')).toEqual([]);
  return said.filter(word => word === 'won').length;
}

test(`of ${CLAIMERS} processes one has it, in ${ROUNDS} rounds`, { timeout: 1_200_000 }, async () => {
  const all = await claimers('ours');
  try {
    for (let count = 0; count < ROUNDS; count++) {
      // Now and then the same thing again, after a person has given it back.
      const key = `k${count - (count % 3)}`;
      expect(await round(all, key), `round ${count}`).toBe(1);
      const owner = { kind: 'operator' as const, id: 'operator' };
      await releaseClaim(files, root, { things: [{ kind: 'key', key }], owner, nowMs: Date.now() });
    }
  } finally {
    for (const { child } of all) child.kill('SIGKILL');
  }
  expect(readdirSync(rootLayout(root).claims).length).toBeLessThanOrEqual(limits.claimStatesKept);
});

test('of processes that look and then write, two have it', { timeout: 1_200_000 }, async () => {
  const all = await claimers('naive');
  let most = 0;
  try {
    for (let count = 0; count < CONTROL_ROUNDS && most < 2; count++)
      most = Math.max(most, await round(all, `k${count}`));
  } finally {
    for (const { child } of all) child.kill('SIGKILL');
  }
  expect(most).toBeGreaterThan(1);
});
