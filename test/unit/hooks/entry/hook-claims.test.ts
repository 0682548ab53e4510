// hook.sh before a file is changed: it leaves by itself, without node, unless somebody else has claimed a path.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Owner, Thing } from '#blackboard/claims/claim.ts';
import { releaseClaim, takeClaim } from '#blackboard/claims/claiming.ts';
import { changeClaims } from '#blackboard/claims/states.ts';
import { rootLayout } from '#blackboard/layout.ts';
import { makeRoot } from '#blackboard/root.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';

const SCRIPT = fileURLToPath(new URL('../../../../hooks/entry/hook.sh', import.meta.url));
const ID = '01234567-89ab-7def-8123-456789abcdef';
const files = createSyncFiles();
const nowMs = Date.now();
let root: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'hook-claims-'));
  await makeRoot(files, root, false);
});
afterEach(() => rmSync(root, { recursive: true }));

const OPERATOR: Owner = { kind: 'operator', id: 'operator' };
const PATH = { kind: 'path', base: '/w/a' } as const;
const take = (owner: Owner, thing: Thing = PATH) =>
  takeClaim(files, root, { thing, owner, peer: owner.id, ttlMs: 60_000, nowMs });

/** Whether it would start node: there is none here, which it writes down. */
function startsNode(option?: string, env: Record<string, string> = {}): boolean {
  const words = [SCRIPT, 'PreToolUse', root, '/no/node', ...(option === undefined ? [] : [option])];
  const run = spawnSync('/bin/sh', words, {
    ...{ input: '{}', encoding: 'utf8' },
    env: { PATH: '/nowhere', CLAUDE_CODE_SESSION_ID: ID, ...env },
  });
  expect(run).toMatchObject({ status: 0, stdout: '' });
  const started = existsSync(join(root, 'hooks.log')) || `${run.stderr}`.includes('agent-runner');
  rmSync(join(root, 'hooks.log'), { force: true });
  return started;
}

const IN_TURN = { AGENT_RUNNER_TURN_DIR: '/t' };

test('nothing was ever claimed, or nothing is claimed any more, or no path: it leaves by itself', async () => {
  expect(startsNode()).toBe(false);
  await take(OPERATOR, { kind: 'key', key: 'deploy' });
  expect(startsNode()).toBe(false);
  await take(OPERATOR);
  expect(startsNode()).toBe(true);
  await releaseClaim(files, root, { things: [PATH], owner: OPERATOR, nowMs });
  expect(startsNode()).toBe(false);
});

test('a session’s own paths are not looked at, another one’s are', async () => {
  await take({ kind: 'session', id: ID });
  expect(startsNode()).toBe(false);
  await take({ kind: 'session', id: ID.replace('0', '1') }, { kind: 'path', base: '/w/b' });
  expect(startsNode()).toBe(true);
});

test('in a turn only its own settings ask, and they say whose turn it is', async () => {
  await take({ kind: 'agent', id: 'a' });
  expect(startsNode(undefined, IN_TURN)).toBe(false);
  expect(startsNode('agent:a', IN_TURN)).toBe(false);
  expect(startsNode('agent:b', IN_TURN)).toBe(true);
});

test('the newest state counts: not one that is being written, nor one of those before', async () => {
  await take(OPERATOR);
  writeFileSync(join(rootLayout(root).claims, '000000002.tmp-0123456789ab'), '-\n{}');
  expect(startsNode()).toBe(true);
  for (let count = 0; count < limits.claimStatesKept + 5; count++)
    await changeClaims(files, root, nowMs, async claims => ({ next: [...claims], answer: null }));
  expect(startsNode()).toBe(true);
  await releaseClaim(files, root, { things: [PATH], owner: OPERATOR, nowMs });
  expect(startsNode()).toBe(false);
});
