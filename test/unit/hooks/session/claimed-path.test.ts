// What a session or an agent is told before it changes a file: by the real path of the file, and by whose claim it is.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Owner, Thing } from '#blackboard/claims/claim.ts';
import { takeClaim } from '#blackboard/claims/claiming.ts';
import { readClaims } from '#blackboard/claims/states.ts';
import { sessionLayout } from '#blackboard/layout.ts';
import { moveSession, registerSession } from '#blackboard/peers/sessions.ts';
import { makeRoot } from '#blackboard/root.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { events } from '#hooks/entry/events.ts';
import type { HookContext } from '#hooks/session/hook-context.ts';
import { parseHookEvent } from '#hooks/session/hook-event.ts';

const files = createSyncFiles();
const [ME, OTHER, NEW] = ['0', '1', '2'].map(first => `${first}1234567-89ab-7def-8123-456789abcdef`) as [
  ...[string, string, string],
];
let place: string;
let root: string;
let cwd: string;

beforeEach(async () => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'claimed-path-')));
  root = join(place, 'root');
  cwd = join(place, 'repo');
  mkdirSync(join(cwd, 'src'), { recursive: true });
  await makeRoot(files, root, false);
  for (const id of [ME, OTHER]) await register(id);
});
afterEach(() => rmSync(place, { recursive: true }));

const register = (id: string, process: typeof self | null = self) =>
  registerSession(files, root, {
    ...{ id, cwd, branch: null, process, tmux: null, configDir: null, transcript: null },
    startedAt: new Date().toISOString(),
  });
const self = selfIdentity();

const session = (id: string): Owner => ({ kind: 'session', id });
const take = (owner: Owner, thing: Thing, ttlMs = 60_000) =>
  takeClaim(files, root, { thing, owner, peer: 'somebody', ttlMs, nowMs: Date.now() });

/** What the hook prints before Write changes that file. */
async function before(path: string, agent?: string, sessionId = ME) {
  const input = { session_id: sessionId, cwd, tool_name: 'Write', tool_input: { file_path: path, content: 'x' } };
  const context: HookContext = {
    ...{ files, root, clock: systemClock, begunMs: 0, env: {}, self, rootOption: ' --root x', afterwards: [] },
    event: parseHookEvent(JSON.stringify(input))!,
    layout: sessionLayout(root, sessionId),
    note: async () => {},
  };
  const printed = await events.PreToolUse(context, { deliverOnStop: false, ...(agent === undefined ? {} : { agent }) });
  for (const rest of context.afterwards) await rest();
  return printed === null ? null : (printed.hookSpecificOutput as Record<string, string>);
}

test('a file that another session has claimed: who has it, until when, and how to ask; nothing is denied', async () => {
  const name = (await register(OTHER)).name;
  await take(session(OTHER), { kind: 'path', base: cwd, glob: 'src/**' });
  const told = await before('src/new.ts');
  expect(told).toEqual({ hookEventName: 'PreToolUse', additionalContext: expect.any(String) });
  expect(told!.additionalContext).toContain(`"src/new.ts" is claimed by "${name}"`);
  expect(told!.additionalContext).toContain(`agent-runner --root x send ${name} "…"`);
  expect(await before(join(cwd, 'docs/new.md'))).toBeNull();
  symlinkSync(join(cwd, 'src'), join(cwd, 'link'));
  expect(await before('link/new.ts'), 'by its real path').not.toBeNull();
});

test('where config.yaml says so, the change is refused', async () => {
  await take(session(OTHER), { kind: 'path', base: join(cwd, 'a') });
  writeFileSync(join(root, 'config.yaml'), 'claimedPaths: refuse # for now\n');
  expect(await before('a')).toEqual({
    ...{ hookEventName: 'PreToolUse', permissionDecision: 'deny' },
    permissionDecisionReason: expect.stringContaining('So it was not changed.'),
  });
});

test('one’s own claim says nothing, also after /clear; nor one whose owner or time is over, which is forgotten', async () => {
  await take(session(ME), { kind: 'path', base: join(cwd, 'mine') });
  expect(await before('mine')).toBeNull();
  const peer = await register(ME);
  await moveSession(files, root, peer, NEW);
  expect(await before('mine', undefined, NEW)).toBeNull();
  expect(await before('mine', undefined, OTHER)).not.toBeNull();
  await register(NEW, null);
  expect(await before('mine', undefined, OTHER)).toBeNull();
  await take({ kind: 'operator', id: 'operator' }, { kind: 'path', base: join(cwd, 'over') }, 0);
  expect(await before('over', undefined, OTHER)).toBeNull();
  expect((await readClaims(files, root)).claims).toEqual([]);
});

test('an agent in its turn is told of others’ claims, and not of its own', async () => {
  mkdirSync(join(root, 'agents', 'a'), { recursive: true });
  writeFileSync(join(root, 'agents', 'a', 'agent.md'), '---\n');
  await take({ kind: 'agent', id: 'a' }, { kind: 'path', base: join(cwd, 'a') });
  await take({ kind: 'operator', id: 'operator' }, { kind: 'path', base: join(cwd, 'b') });
  expect(await before('a', 'a')).toBeNull();
  expect((await before('b', 'a'))!.additionalContext).toContain('is claimed by "somebody"');
  expect(await before('a')).not.toBeNull();
});

test('an event without a file is nobody’s', async () => {
  expect(parseHookEvent(JSON.stringify({ session_id: ME, tool_input: { command: 'ls' } }))!.toolPath).toBeNull();
  expect(parseHookEvent(JSON.stringify({ session_id: ME, tool_input: { notebook_path: '/n' } }))!.toolPath).toBe('/n');
});
