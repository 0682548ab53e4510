import { expect, it } from 'vitest';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';
import { type AgentFacts, isHealthy, stateOf } from '#runner/status/agent-state.ts';
import { blockerOf, signalBlocker, UNBLOCKED } from '#runner/status/blockers.ts';

const nowMs = new Date(2026, 10, 21, 12, 0, 0).getTime();
const runner = { identity: { pid: 7, startTime: '1', bootId: 'b' }, startedAt: '2026-11-21T09:00:00.000Z' };
const open = { number: 4, pid: 99, sinceMs: nowMs - 5000, messages: [] };
const parked = { code: 'auth', reason: 'not logged in', at: '' };

/** A healthy, idle agent but for `more`. */
const facts = (more: Partial<AgentFacts> = {}): AgentFacts => ({
  ...UNBLOCKED,
  name: 'worker',
  definition: { enabled: true, maxTurnsPerHour: 3 } as AgentDefinition,
  runner,
  open: null,
  parked: null,
  left: [],
  ignored: [],
  laterCount: 0,
  signalsUsd: 0,
  workingCount: 0,
  deadCount: 0,
  session: null,
  lastTurn: null,
  turnCount: 0,
  lastActivityMs: null,
  todayUsd: 0,
  ...more,
});

const heldUp = { ...runner, problem: 'no space left on the disk', isHeldUp: true } as const;
const disabled = { enabled: false } as AgentDefinition;
const retry = { atMs: nowMs + 3000, reason: '529' };
const missing = { problem: 'cwd /x does not exist', remedy: 'make it' };
const signalHold = signalBlocker({ areOff: true, spentUsd: 0, budgetUsd: 1, tomorrowMs: 0 }, nowMs);
const resume = 'agent-runner resume worker';
const edit = 'agent-runner edit worker';

it.each<[string, string | null, Partial<AgentFacts>]>([
  ['idle', null, {}],
  ['idle', null, { ownerPid: 3, signalHold }],
  ['held: cwd /x does not exist', `make it (${edit})`, { missing, ownerPid: 3 }],
  ['held: maxTurnsPerHour (3) is reached, until 12:00:01', null, { hourlyUntilMs: nowMs + 1000, waitingCount: 1 }],
  ['held: signals are off', 'agent-runner signals on', { signalHold, signalCount: 1 }],
  ['idle', null, { signalHold, signalCount: 1, waitingCount: 1 }],
  ['waiting for its session (pid 3 has it open)', 'close it there', { ownerPid: 3, waitingCount: 1 }],
  ['backing off until 12:00:03: 529', null, { retry, ownerPid: 3, waitingCount: 1, missing }],
  ['held: no space left on the disk', 'what mends it: agent-runner doctor', { runner: heldUp, waitingCount: 1, retry }],
  ['idle', null, { runner: { ...runner, problem: 'watches are refused; looking every second instead' } }],
  [
    'held: budget.perDayUsd ($5) is spent for today (until 2026-11-22 00:00:00)',
    `goes on by itself tomorrow; to go on today: ${resume} --raise <usd>`,
    {
      overDay: {
        code: 'budget',
        reason: 'budget.perDayUsd ($5) is spent for today',
        untilMs: nowMs + 43_200_000,
      },
    },
  ],
  ['busy: turn 4 since 11:59:55', null, { open: { ...open, pid: null }, retry }],
  ['busy: turn 4 since 11:59:55, pid 99', null, { open, parked, isStopped: true, pausedBy: 'root' }],
  ['asks you: turn 4 since 11:59:55, pid 99', 'agent-runner approvals', { open: { ...open, asks: true } }],
  ['busy: turn 4 (by a signal) since 11:59:55, pid 99', null, { open: { ...open, bySignal: true } }],
  ['not running', 'agent-runner start worker', { runner: null, retry, open: { ...open, pid: null } }],
  [
    'orphaned turn 4 (pid 99)',
    'agent-runner start worker (waits for the turn, then goes on), or agent-runner stop worker --now',
    { runner: null, open, definition: disabled, parked },
  ],
  [
    'held: EACCES: permission denied, scandir turns/7',
    'what mends it: agent-runner doctor',
    {
      open: { ...open, pid: null },
      runner: { ...runner, problem: 'EACCES: permission denied, scandir turns/7', isHeldUp: true },
      retry,
      missing,
    },
  ],
  [
    'broken: turns/4 cannot be read',
    'sudo chown',
    { problem: 'turns/4 cannot be read', mend: 'sudo chown', runner: null },
  ],
  // Its turn runs on and on: that is a person's.
  [
    'lent to a person in tmux since 11:59:55',
    'agent-runner take worker',
    { open, lent: { sinceMs: nowMs - 5000, isBegun: true }, runner: null, parked },
  ],
  ['about to be lent to a person in tmux', null, { lent: { sinceMs: null, isBegun: false }, waitingCount: 1 }],
  ['paused', resume, { pausedBy: 'agent', runner: null }],
  ['paused (all agents)', 'agent-runner resume', { pausedBy: 'root' }],
  ['stopped', resume, { isStopped: true, pausedBy: 'root', runner: null }],
  ['parked: not logged in', `log in (start claude, type /login), then: ${resume}`, { parked, isStopped: true }],
  [
    'parked: not logged in (until 2026-11-22 00:00:00)',
    `goes on by itself tomorrow; to go on today: ${resume} --raise <usd>`,
    { parked: { ...parked, untilMs: nowMs + 43_200_000 } },
  ],
  ['disabled', `take "enabled: false" out of agent.md: ${edit}`, { definition: disabled, parked, runner: null }],
  [
    'broken: agent.md:3: unknown key',
    `mend agent.md: ${edit}`,
    { problem: 'agent.md:3: unknown key', definition: null, open, parked },
  ],
])('reads "%s", and what settles it', (words, next, more) =>
  expect(stateOf(facts(more), nowMs)).toMatchObject({ words, next }),
);

it('an agent is healthy if it runs and needs nobody', () => {
  expect(isHealthy(facts({ open, waitingCount: 3, retry }), nowMs)).toBe(true);
  expect(isHealthy(facts({ hourlyUntilMs: nowMs + 1, pausedBy: 'root' }), nowMs)).toBe(true);
  for (const more of [{ runner: null }, { parked }, { problem: 'agent.md:3: unknown key' }, { missing }])
    expect(isHealthy(facts(more), nowMs)).toBe(false);
});

it('what keeps it from its work and what settles it are one sentence, for anyone who sends to it', () => {
  expect(blockerOf(facts({ isStopped: true, runner: null }), nowMs)?.sentence).toBe(`stopped; to go on: ${resume}`);
  expect(blockerOf(facts({ retry }), nowMs)?.sentence).toBe('backing off until 12:00:03: 529');
});

it('a turn that runs where nobody here sees it holds its agent, and says what to do where its end cannot be noticed', () => {
  const open = { number: 3, pid: 7, sinceMs: null, messages: [] };
  const elsewhere = { turn: 3, who: 'pid 7 in another container or host', mend: null };
  const words = 'held: turn 3 runs as pid 7 in another container or host, and no runner there looks after it';
  for (const here of [null, runner]) {
    expect(stateOf(facts({ open, runner: here, elsewhere }), nowMs)).toMatchObject({ words, needsYou: false });
    const mend = 'if it is gone for good: echo gone > /r/child';
    const told = stateOf(facts({ open, runner: here, elsewhere: { ...elsewhere, mend } }), nowMs);
    expect(told).toMatchObject({ kind: 'held', words, next: mend, needsYou: true });
  }
});
