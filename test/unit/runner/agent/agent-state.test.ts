import { expect, it } from 'vitest';
import type { AgentDefinition } from '../../../../runner/agent/agent-file.ts';
import { type AgentFacts, describeState, isHealthy, stateOf } from '../../../../runner/agent/agent-state.ts';

const nowMs = new Date(2026, 10, 21, 12, 0, 0).getTime();
const runner = { identity: { pid: 7, startTime: '1', bootId: 'b' }, startedAt: '2026-11-21T09:00:00.000Z' };
const open = { number: 4, pid: 99, sinceMs: nowMs - 5000, messages: [] };
const parked = { code: 'auth', reason: 'not logged in', at: '' };

/** A healthy, idle agent but for `more`. */
const facts = (more: Partial<AgentFacts> = {}): AgentFacts => ({
  name: 'worker',
  problem: null,
  definition: { enabled: true } as AgentDefinition,
  runner,
  open: null,
  parked: null,
  isStopped: false,
  pausedBy: null,
  retry: null,
  ownerPid: null,
  hold: null,
  waitingCount: 0,
  left: [],
  ignored: [],
  laterCount: 0,
  signalCount: 0,
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

const disabled = { enabled: false } as AgentDefinition;
const retry = { atMs: nowMs + 3000, reason: '529' };

it.each<[string, Partial<AgentFacts>]>([
  ['idle', {}],
  ['idle', { hold: 'cwd is gone', ownerPid: 3 }],
  ['held: cwd is gone', { hold: 'cwd is gone', waitingCount: 1 }],
  ['held: signals are off', { hold: 'signals are off', signalCount: 1 }],
  ['waiting for its session (pid 3)', { ownerPid: 3, waitingCount: 1, hold: 'cwd is gone' }],
  ['backing off until 12:00:03: 529', { retry, ownerPid: 3, waitingCount: 1 }],
  ['busy: turn 4 since 11:59:55', { open: { ...open, pid: null }, retry }],
  ['busy: turn 4 since 11:59:55, pid 99', { open, parked, isStopped: true, pausedBy: 'root' }],
  ['busy: turn 4 (by a signal) since 11:59:55, pid 99', { open: { ...open, bySignal: true } }],
  ['not running', { runner: null, retry, open: { ...open, pid: null } }],
  ['orphaned turn 4 (pid 99)', { runner: null, open, definition: disabled, parked }],
  ['paused', { pausedBy: 'agent', runner: null }],
  ['paused (all agents)', { pausedBy: 'root' }],
  ['stopped', { isStopped: true, pausedBy: 'root', runner: null }],
  ['parked: not logged in', { parked, isStopped: true }],
  ['parked: not logged in (until 2026-11-22 00:00:00)', { parked: { ...parked, untilMs: nowMs + 43_200_000 } }],
  ['disabled', { definition: disabled, parked, runner: null }],
  ['broken: agent.md:3: unknown key', { problem: 'agent.md:3: unknown key', definition: null, open, parked }],
])('reads "%s"', (words, more) => expect(describeState(stateOf(facts(more)), nowMs)).toBe(words));

it('an agent is healthy if it runs and needs nobody', () => {
  expect(isHealthy(facts({ open, waitingCount: 3, retry }))).toBe(true);
  for (const more of [{ runner: null }, { parked }, { problem: 'agent.md:3: unknown key' }])
    expect(isHealthy(facts(more))).toBe(false);
});
