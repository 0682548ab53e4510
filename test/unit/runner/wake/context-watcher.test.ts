import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { registerSession, type SessionPeer } from '#blackboard/peers/sessions.ts';
import { makeRoot } from '#blackboard/root.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import type { ContextRule } from '#runner/agents/config.ts';
import { type ContextWatcherOptions, createContextWatcher } from '#runner/wake/context-watcher.ts';

const ID = '11111111-2222-4333-8444-555555555555';
const files = createRunnerFiles();
let root: string;
let transcript: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'ar-context-'));
  await makeRoot(files, root, false);
  transcript = join(root, `${ID}.jsonl`);
  const place = { tmux: { socket: '/tmp/none', pane: '%1' }, configDir: null, transcript };
  const facts = { id: ID, cwd: '/work/app', branch: null, process: selfIdentity(), startedAt: '2026-01-01T00:00:00Z' };
  await registerSession(files, root, { ...facts, ...place });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const COMPACT: ContextRule = { when: 'context > 0.6 and idle', do: '/compact' };

/** The conversation is as full as that now; its turn has ended, or runs. */
const says = (tokens: number, reason = 'end_turn') =>
  writeFileSync(
    transcript,
    `${JSON.stringify({ type: 'assistant', timestamp: '2026-01-01T00:00:00Z', message: { model: 'claude-opus-5-5', stop_reason: reason, content: [{ type: 'text', text: 'x' }], usage: { input_tokens: tokens } } })}\n`,
  );

type Type = NonNullable<ContextWatcherOptions['type']>;
const types: Type = async (_peer, _keys, begin) => {
  await begin();
  return 'done';
};

/** A runner looks once, and is gone. What it typed, and what it complained of. */
async function look(type: Type = types, rules: ContextRule[] = [COMPACT]) {
  const typed: unknown[] = [];
  const problems: string[] = [];
  let looked = () => {};
  const well = new Promise<void>(resolve => {
    looked = resolve;
  });
  const watcher = createContextWatcher({
    ...{ root, files, clock: systemClock, env: {}, rules, watch: { add() {}, forget() {} } },
    complain({ peer }, problem) {
      if (problem !== null) problems.push(problem);
      if (peer === null) looked();
    },
    type(peer: SessionPeer, keys, begin) {
      typed.push(keys);
      return type(peer, keys, begin);
    },
  });
  watcher.start();
  await well;
  await watcher[Symbol.asyncDispose]();
  return { typed, problems };
}

test('a crossing is followed once, whatever runner looks; below the part the next one counts', async () => {
  says(700_000);
  expect(await look()).toEqual({ typed: [{ command: '/compact' }], problems: [] });
  says(800_000);
  expect((await look()).typed).toEqual([]);
  says(100_000);
  expect((await look()).typed).toEqual([]);
  says(700_000);
  expect((await look()).typed).toEqual([{ command: '/compact' }]);
});

test('while a turn runs, and below the part, no pane is asked', async () => {
  says(700_000, 'tool_use');
  expect((await look()).typed).toEqual([]);
  says(500_000);
  expect((await look()).typed).toEqual([]);
  expect((await look(types, [{ ...COMPACT, sessions: ['another'] }])).typed).toEqual([]);
});

test('a closed gate is no crossing: the next look tries again, and says nothing', async () => {
  says(700_000);
  const closed: Type = async () => 'closed';
  expect(await look(closed)).toEqual({ typed: [{ command: '/compact' }], problems: [] });
  expect((await look(types)).typed).toEqual([{ command: '/compact' }]);
});

test('a runner that dies between the record and the key, or behind it, has done it', async () => {
  for (const dies of ['before the key', 'after the key']) {
    says(700_000);
    const type: Type = async (_peer, _keys, begin) => {
      await begin();
      throw new Error(`killed ${dies}`);
    };
    expect((await look(type)).problems).toEqual([`killed ${dies}`]);
    expect((await look()).typed).toEqual([]);
    says(1000);
    await look();
  }
});

test('control: without the record before the key, it is done twice', async () => {
  says(700_000);
  const type: Type = async () => Promise.reject(new Error('killed after the key'));
  await look(type);
  expect((await look()).typed).toEqual([{ command: '/compact' }]);
});

test('notify tells you once, and needs no pane', async () => {
  says(700_000);
  const rule: ContextRule = { ...COMPACT, do: 'notify' };
  expect((await look(types, [rule])).typed).toEqual([]);
  await look(types, [rule]);
  const { new: unread } = inboxLayout(rootLayout(root).operator);
  expect(await files.list(unread)).toHaveLength(1);
});
