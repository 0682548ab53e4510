import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CardEnd } from '#blackboard/cards/card.ts';
import { deferCommand, deferHooks, deferredDecision, heldCommand, isComparable } from '#hooks/claude/defer-hook.ts';
import { turnDirectoryVariable } from '#hooks/claude/turn-variable.ts';
import { HOSTILE_TEXTS } from '#test/support/hostile-texts.ts';

let turn: string;
beforeEach(() => {
  turn = mkdtempSync(join(tmpdir(), 'ar-defer-'));
});
afterEach(() => rmSync(turn, { recursive: true }));

/** What the hook says of a call, as claude hands it to it. */
function said(
  call: string,
  tool_input: object = {},
  env: Record<string, string> = { [turnDirectoryVariable]: turn },
  command = deferCommand,
) {
  const input = JSON.stringify({ hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_input, tool_use_id: call });
  const { stdout, stderr, status } = spawnSync('/bin/sh', ['-c', command], { input, env, encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  if (stdout === '') return null;
  const { permissionDecision, permissionDecisionReason } = JSON.parse(stdout).hookSpecificOutput;
  return [permissionDecision, permissionDecisionReason];
}
const decide = (call: string, end: CardEnd) => writeFileSync(join(turn, 'decided'), deferredDecision(call, end));
const allowed: CardEnd = { kind: 'allowed', at: '', by: 'operator', always: false };
const DEFERRED = ['defer', 'Your operator is asked.'];

test('without a decision it defers; with one it says that, for that call alone', () => {
  expect(said('toolu_1')).toEqual(DEFERRED);
  decide('toolu_1', allowed);
  expect(said('toolu_1')![0]).toBe('allow');
  expect(said('toolu_12')).toEqual(DEFERRED);
  expect(said('oolu_1')).toEqual(DEFERRED);
});

test('of the call that a session holds it says the same without any rule, and nothing of other calls', () => {
  const held = (call: string, input = {}) =>
    said(call, input, { [turnDirectoryVariable]: turn }, heldCommand('toolu_1'));
  expect(held('toolu_1')).toEqual(DEFERRED);
  decide('toolu_1', allowed);
  expect(held('toolu_1')![0]).toBe('allow');
  expect(held('toolu_2', { command: '"tool_use_id":"toolu_1"}' })).toBeNull();
  expect(deferHooks([], 'toolu_1').hooks).toMatchObject([{ command: heldCommand('toolu_1'), onFailure: 'block' }]);
});

test('words of the model that look like an id are none', () => {
  decide('toolu_1', allowed);
  expect(said('toolu_2', { tool_use_id: 'toolu_1', command: '"tool_use_id":"toolu_1"}' })).toEqual(DEFERRED);
});

test.each<[CardEnd, string]>([
  [{ kind: 'denied', at: '', by: 'operator', reason: `no: 'quoted', "quoted", $HOME, \\n\nand more` }, 'and more'],
  [{ kind: 'expired', at: '' }, 'Nobody answered in time'],
  [{ kind: 'withdrawn', at: '', reason: 'cancelled' }, 'cancelled'],
])('denied: the reason reaches the model as it is %#', (end, words) => {
  decide('toolu_1', end);
  const [decision, reason] = said('toolu_1')!;
  expect(decision).toBe('deny');
  expect(reason).toContain('reason' in end ? end.reason : words);
});

test.each(HOSTILE_TEXTS.map((text, at) => [at, text]))('a reason of a person’s own, hostile text %i', (_, reason) => {
  decide('toolu_1', { kind: 'denied', at: '', by: 'operator', reason: String(reason) });
  expect(said('toolu_1')).toEqual(['deny', String(reason)]);
});

test.each([
  ['a torn file', () => writeFileSync(join(turn, 'decided'), 'toolu_1\n{"hookSp')],
  ['an empty one', () => writeFileSync(join(turn, 'decided'), '')],
])('%s decides nothing', (_, damage) => {
  damage();
  expect(said('toolu_1')).toEqual(DEFERRED);
});

test('so does a turn that is not there', () => {
  decide('toolu_1', allowed);
  expect(said('toolu_1', {}, {})).toEqual(DEFERRED);
});

test('a hook for each rule, and a call is denied where it cannot run', () => {
  expect(deferHooks(['Bash(git push *)', 'Write']).hooks).toMatchObject([
    { if: 'Bash(git push *)', onFailure: 'block' },
    { if: 'Write', onFailure: 'block' },
  ]);
});

test.each(['toolu_0_5550847c_0', 'call-1'])('%s can be compared', id => expect(isComparable(id)).toBe(true));
test.each(['', 'a"b', 'a b', 'a*', 'x'.repeat(201)])('%j cannot', id => expect(isComparable(id)).toBe(false));
