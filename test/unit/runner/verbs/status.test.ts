import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { turnLayout } from '#blackboard/layout.ts';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { formatIdentity, selfIdentity } from '#blackboard/system/process-identity.ts';
import { keepRules } from '#runner/agents/kept-rules.ts';
import { type AgentStatus, isWell, status } from '#runner/verbs/status.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { makeWorkerRoot, SESSION, type WorkerRoot } from './worker-root.ts';

let root: WorkerRoot;
beforeEach(async () => {
  root = await makeWorkerRoot();
});
afterEach(() => root.clear());

test('an agent that runs is well; its turns, its money and its files are told', async () => {
  root.endTurn(1, [await root.send()]);
  root.spend(0.25);
  root.run();
  await keepRules(root.context.files, root.agent, [{ toolName: 'Bash', ruleContent: 'npm test *' }]);
  const seen = await status(root.context, { name: 'worker' });
  expect(jsonViolations('status', seen)).toEqual([]);
  expect(seen).toMatchObject({ kind: 'agent', state: 'idle', next: null, path: root.agent.home, todayUsd: 0.25 });
  expect(seen).toMatchObject({ keptRules: ['Bash(npm test *)'] });
  expect(seen).toMatchObject({ turns: 1, lastTurn: { number: 1, verdict: 'answered', reason: null } });
  expect(isWell(seen)).toBe(true);
});

test('a claude that outlives its turn is told: which process, its turns and memory, and since when it idles', async () => {
  root.endTurn(3, [await root.send()]);
  const { intent, child, closed } = turnLayout(root.agent.turns, 3);
  const resident = async () => ((await status(root.context, { name: 'worker' })) as AgentStatus).resident;
  const recordOf = (more: object) =>
    writeFileSync(intent, JSON.stringify({ turn: 3, at: '2026-01-01T00:00:00.000Z', messages: [], ...more }));
  writeFileSync(child, formatIdentity(selfIdentity()));
  recordOf({});
  expect(await resident()).toBeNull();
  recordOf({ resident: { first: 2, from: 1, stderrFrom: 0 } });
  const seen = (await status(root.context, { name: 'worker' })) as AgentStatus;
  expect(jsonViolations('status', seen)).toEqual([]);
  const idleSince = seen.lastTurn!.at;
  expect(seen.resident).toEqual({ pid: process.pid, turns: 2, rssMiB: expect.any(Number), idleSince });
  rmSync(closed);
  expect(await resident()).toMatchObject({ idleSince: null });
  writeFileSync(child, formatIdentity({ ...selfIdentity(), startTime: '1' }));
  expect(await resident()).toBeNull();
});

test('how full its conversation is, is what claude said after the newest turn, else what that turn counted', async () => {
  const counted = { id: SESSION, totalUsd: 1, turns: 2, contextTokens: 10, rotate: null };
  root.endTurn(1, [await root.send()], { session: counted });
  mkdirSync(root.agent.run, { recursive: true });
  const shown = async (asked: object | string) => {
    writeFileSync(join(root.agent.run, 'context.json'), typeof asked === 'string' ? asked : JSON.stringify(asked));
    const { session } = (await status(root.context, { name: 'worker' })) as AgentStatus;
    return [session!.contextTokens, session!.contextWindow];
  };
  const asked = { sessionId: SESSION, turn: 1, tokens: 20, window: 200 };
  expect(await shown(asked)).toEqual([20, 200]);
  for (const other of [{ ...asked, turn: 2 }, { ...asked, sessionId: 'x' }, { ...asked, tokens: 'x' }, 'torn {'])
    expect(await shown(other)).toEqual([10, null]);
});

test('an agent that nobody runs is not well, and the next step is named', async () => {
  const seen = await status(root.context, { name: 'worker' });
  expect(seen).toMatchObject({ state: 'not-running', next: expect.stringContaining('agent-runner start') });
  expect(isWell(seen)).toBe(false);
});

test('a session is told by its name', async () => {
  const { name } = await registerSession(root.context.files, root.context.root, {
    id: SESSION,
    cwd: '/src/app',
    branch: 'main',
    process: selfIdentity(),
    tmux: null,
    configDir: null,
    transcript: null,
    startedAt: new Date().toISOString(),
  });
  const seen = await status(root.context, { name });
  expect(jsonViolations('status', seen)).toEqual([]);
  expect(seen).toMatchObject({ kind: 'session', id: SESSION, branch: 'main', takesSignals: false });
  expect(isWell(seen)).toBe(true);
  expect(isWell({ ...seen, state: 'dead' } as typeof seen)).toBe(false);
});

test('a name that nobody has is refused with 66', async () => {
  await expect(status(root.context, { name: 'wroker' })).rejects.toMatchObject({
    exit: 66,
    hint: expect.stringContaining('worker'),
  });
});

test('why an agent has no worktree is told as its runner found it; a damaged record of them hides nothing else', async () => {
  const { definition, worktrees } = root.agent;
  root.run();
  await root.send();
  writeFileSync(definition, readFileSync(definition, 'utf8').replace('\n---\n', '\nworktree: true\n---\n'));
  const { cwd } = (await status(root.context, { name: 'worker' })) as AgentStatus;
  const missing = { cwd, problem: 'it has no commit', remedy: 'make one' };
  writeFileSync(worktrees, JSON.stringify({ trees: [], missing }));
  expect(await status(root.context, { name: 'worker' })).toMatchObject({
    state: 'held',
    detail: expect.stringContaining('it has no commit'),
    next: 'make one (agent-runner edit worker)',
  });
  writeFileSync(worktrees, 'torn {');
  expect(await status(root.context, { name: 'worker' })).toMatchObject({ problem: null, worktrees: [] });
});
