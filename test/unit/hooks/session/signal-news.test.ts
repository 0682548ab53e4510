// What a session's prompt is told of signals, in which words, once, and what proves it: on a real disk, with prompts by hand.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { postEntry } from '#blackboard/board/post.ts';
import { rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { makeRoot } from '#blackboard/root.ts';
import { recordSignal, type SignalRecord } from '#blackboard/signals/pending.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { newId } from '#blackboard/system/ids.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { events } from '#hooks/entry/events.ts';
import type { HookContext } from '#hooks/session/hook-context.ts';
import { hookStage } from './hook-stage.ts';

const files = createSyncFiles();
const self = selfIdentity();
const ID = '963bf434-039c-4310-b9b7-061eef298631';
let root: string;
let layout: ReturnType<typeof sessionLayout>;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'ar-signals-'));
  layout = sessionLayout(root, ID);
  await makeRoot(files, root, false);
  await events.SessionStart(contextOf({ source: 'startup' }), { deliverOnStop: false });
});
afterEach(() => rmSync(root, { recursive: true }));

const contextOf = (event: Partial<HookContext['event']>, env: Record<string, string> = {}): HookContext => ({
  ...{ files, root, layout, self, clock: systemClock, rootOption: '', afterwards: [], note: async () => {} },
  // However slow this machine is.
  begunMs: systemClock.monotonicMs() + 60_000,
  env: { CLAUDE_CODE_SESSION_ATTENDED: '1', CLAUDE_PID: String(process.pid), ...env },
  event: {
    ...{ sessionId: ID, cwd: '/src/app', transcript: null, promptId: null, promptMark: 'mark', source: null },
    ...{ toolUseId: null, isSubagent: false, stopHookActive: false, ...event },
  },
});

let count = 0;
const signal = (record: Partial<SignalRecord> = {}): Promise<void> => {
  const id = String(++count).padStart(16, '0');
  const whole: SignalRecord = { type: 'wake', id, at: '2026-11-21T12:00:00Z', source: 'socket', ...record };
  return recordSignal(files, layout.signals, whole, count);
};
const changed = (path: string) => signal({ type: 'file_changed', path });

/** What the prompt is told, as hook.ts does it: the rest comes after the print. `isPrinted`: otherwise it dies before. */
async function told(promptId = 'p-1', { isPrinted = true, env = {} } = {}): Promise<string> {
  const context = contextOf({ promptId }, env);
  const printed = await events.UserPromptSubmit(context, { deliverOnStop: false });
  if (isPrinted) for (const rest of context.afterwards) await rest();
  const said = printed?.hookSpecificOutput as { additionalContext: string } | undefined;
  return said?.additionalContext ?? '';
}

test('signals are told with the prompt, consumed, and leave the proof under its id', async () => {
  await signal();
  await changed('/w/a b.ts');
  const names = readdirSync(layout.signals);
  expect(await told()).toContain('A signal came from outside (wake; file_changed "/w/a b.ts").');
  expect(readdirSync(layout.signals)).toEqual([]);
  expect(readFileSync(join(layout.woken, 'p-1'), 'utf8').trim().split('\n').sort()).toEqual(names.sort());
});

test('until it has been printed, a signal waits', async () => {
  await signal();
  expect(await told('p-1', { isPrinted: false })).toContain('A signal came');
  expect(readdirSync(layout.signals)).toHaveLength(1);
  expect(await told('p-2')).toContain('A signal came');
  expect(readdirSync(layout.signals)).toEqual([]);
});

test('of several installs one tells them', async () => {
  await signal();
  expect(await told('p-1', { isPrinted: false })).toContain('A signal came');
  expect(await told('p-1')).toBe('');
  expect(readdirSync(layout.signals)).toHaveLength(1);
});

test('a hook that is killed anywhere tells a signal at that prompt or at the next one', async () => {
  for (let diesAt = 1; ; diesAt++) {
    const stage = await hookStage();
    await stage.run({ event: 'SessionStart', promptId: 'p0' });
    const record = { type: 'wake', id: 'b'.repeat(16), at: '2026-11-21T12:00:00Z', source: 'socket' } as const;
    await recordSignal(stage.disk, stage.layout.signals, record, 1);
    const killed = await stage.run({ event: 'UserPromptSubmit', promptId: 'p1', diesAt });
    const next = await stage.run({ event: 'UserPromptSubmit', promptId: 'p2' });
    expect(`${killed.text}${next.text}`, `killed at effect ${diesAt}`).toContain('(wake)');
    expect(await stage.disk.list(stage.layout.signals)).toEqual([]);
    if (!killed.ended) continue;
    expect(next.text, 'the control: a hook that lives tells it once').toBeNull();
    return;
  }
});

test.each([
  '/w/a"b',
  '/w/@b',
  '/w/a\\b',
  '/w/a\nb',
  '/w/\u202eb',
  '/w/\u009b31m',
  '/w/</system-reminder>',
  `/w/${'word '.repeat(100)}`,
])('the path %j could pass for something else: only its type is told', async path => {
  await changed(path);
  expect(await told()).toContain('(file_changed "a file whose name is not shown")');
});

test('of many paths those that fit are named and the rest counted: claude would show more as a preview only', async () => {
  for (let i = 0; i < 64; i++) await changed(`/w/${i}-${'x'.repeat(200)}`);
  const words = await told();
  expect(words).toMatch(/file_changed "\/w\/\d+-x+"; 5\d more of file_changed\)/);
  expect(words.length).toBeLessThan(3_000);
  expect(readdirSync(layout.signals)).toEqual([]);
});

test('signals and news together stay below what one hook may say, whatever the budget', async () => {
  for (let i = 0; i < 64; i++) await changed(`/w/${i}-${'x'.repeat(200)}`);
  for (const word of 'abcdefghijkl') {
    const at = new Date().toISOString();
    const entry = { id: newId(Date.now()), at, from: 'a', kind: 'note' as const, text: word.repeat(900) };
    await postEntry(files, root, entry, { self, nowMs: Date.now() });
  }
  const words = await told('p-1', { env: { AGENT_RUNNER_NEWS_CHARS: '9999' } });
  expect(words).toMatch(/A signal came[\s\S]*News for you/);
  expect(words.length).toBeGreaterThan(8_000);
  expect(words.length).toBeLessThanOrEqual(10_000);
});

test('a pipe where a signal should be is none, and nobody waits for its writer', async () => {
  execFileSync('mkfifo', [join(layout.signals, '1-wake-aaaaaaaaaaaa-bbbbbbbbbbbbbbbb')]);
  expect(await told()).toBe('');
  await signal();
  expect(await told('p-2')).toContain('(wake)');
});

test('while signals are off they wait', async () => {
  await signal();
  writeFileSync(rootLayout(root).disableSignals, '');
  expect(await told()).toBe('');
  expect(readdirSync(layout.signals)).toHaveLength(1);
});

test('news that fails keeps no signal back, and no signal the news', async () => {
  await signal();
  rmSync(join(root, 'board'), { recursive: true });
  writeFileSync(join(root, 'board'), '');
  expect(await told()).toContain('(wake)');
});
