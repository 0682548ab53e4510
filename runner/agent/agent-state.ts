/** What an agent is doing, in one word and in words for people. Pure: agent-facts.ts reads what it is decided from. */

import type { LeftDrop } from '../../blackboard/one-entry.ts';
import type { Parked } from '../gates/park.ts';
import { instantText } from '../terminal/terminal.ts';
import type { Ended, SessionState } from '../turn/turn-records.ts';
import type { AgentDefinition } from './agent-file.ts';
import type { RunnerRecord } from './agent-lock.ts';

/** The one word for what an agent is doing, with what belongs to it. */
export type AgentState =
  | { kind: 'broken'; problem: string }
  /** `pid` null: elected and about to start, or about to be finished. */
  | { kind: 'busy'; turn: number; sinceMs: number | null; pid: number | null; bySignal?: true }
  | { kind: 'orphaned'; turn: number; pid: number }
  | { kind: 'disabled' }
  | { kind: 'parked'; code: string; reason: string; untilMs: number | null }
  | { kind: 'stopped' }
  | { kind: 'paused'; by: 'root' | 'agent' }
  | { kind: 'not-running' }
  | { kind: 'backing-off'; untilMs: number; reason: string }
  | { kind: 'waiting-for-session'; pid: number }
  /** A gate is shut that no file marks: its directory is gone, the hour's turns are used up. */
  | { kind: 'held'; reason: string }
  | { kind: 'idle' };

/** A turn that is not closed. */
export interface OpenTurn {
  number: number;
  /** Its live child's. */
  pid: number | null;
  sinceMs: number | null;
  messages: { id: string; from: string; kind: string }[];
  /** Signals alone started it. */
  bySignal?: true;
}

export interface AgentFacts {
  name: string;
  /** What is wrong with agent.md, as `agent.md:3: …`. */
  problem: string | null;
  definition: AgentDefinition | null;
  /** The live process that runs it. */
  runner: RunnerRecord | null;
  open: OpenTurn | null;
  parked: Parked | null;
  isStopped: boolean;
  pausedBy: 'root' | 'agent' | null;
  retry: { atMs: number; reason: string } | null;
  /** Somebody else has its session open. */
  ownerPid: number | null;
  /** Another gate that is shut while messages or signals wait. */
  hold: string | null;
  /** In new, and drops that are not taken yet. */
  waitingCount: number;
  /** Drops that can neither be taken nor be put aside: a person must mend them. */
  left: readonly LeftDrop[];
  /** Names in its inbox that are never work. */
  ignored: readonly string[];
  /** Messages that are not due yet. */
  laterCount: number;
  workingCount: number;
  deadCount: number;
  /** Signals that no turn has taken up. */
  signalCount: number;
  /** What turns that signals alone started have cost today, for certain, USD. */
  signalsUsd: number;
  session: SessionState | null;
  lastTurn: Ended | null;
  turnCount: number;
  lastActivityMs: number | null;
  todayUsd: number;
}

/** The first that holds: what needs a person, what runs, what was switched off, what nobody looks after, what waits. */
export function stateOf(facts: AgentFacts): AgentState {
  const { open, runner } = facts;
  if (facts.problem !== null) return { kind: 'broken', problem: facts.problem };
  if (open?.pid && !runner) return { kind: 'orphaned', turn: open.number, pid: open.pid };
  if (open?.pid) return busy(open);
  if (facts.definition?.enabled === false) return { kind: 'disabled' };
  if (facts.parked) {
    const { code, reason, untilMs } = facts.parked;
    return { kind: 'parked', code, reason, untilMs: untilMs ?? null };
  }
  if (facts.isStopped) return { kind: 'stopped' };
  if (facts.pausedBy) return { kind: 'paused', by: facts.pausedBy };
  if (!runner) return { kind: 'not-running' };
  if (open) return busy(open);
  if (facts.retry) return { kind: 'backing-off', untilMs: facts.retry.atMs, reason: facts.retry.reason };
  if (facts.waitingCount > 0 && facts.ownerPid) return { kind: 'waiting-for-session', pid: facts.ownerPid };
  if (facts.waitingCount + facts.signalCount > 0 && facts.hold) return { kind: 'held', reason: facts.hold };
  return { kind: 'idle' };
}

const busy = ({ number, sinceMs, pid, bySignal }: OpenTurn): AgentState => ({
  kind: 'busy',
  turn: number,
  sinceMs,
  pid,
  ...(bySignal ? { bySignal } : {}),
});

/** The state in words, for a table's column. */
export function describeState(state: AgentState, nowMs: number): string {
  switch (state.kind) {
    case 'broken':
      return `broken: ${state.problem}`;
    case 'busy': {
      const since = state.sinceMs === null ? '' : ` since ${instantText(state.sinceMs, nowMs)}`;
      const cause = state.bySignal ? ' (by a signal)' : '';
      return `busy: turn ${state.turn}${cause}${since}${state.pid ? `, pid ${state.pid}` : ''}`;
    }
    case 'orphaned':
      return `orphaned turn ${state.turn} (pid ${state.pid})`;
    case 'parked':
      return `parked: ${state.reason}${state.untilMs ? ` (until ${instantText(state.untilMs, nowMs)})` : ''}`;
    case 'paused':
      return state.by === 'root' ? 'paused (all agents)' : 'paused';
    case 'not-running':
      return 'not running';
    case 'backing-off':
      return `backing off until ${instantText(state.untilMs, nowMs)}: ${state.reason}`;
    case 'waiting-for-session':
      return `waiting for its session (pid ${state.pid})`;
    case 'held':
      return `held: ${state.reason}`;
    default:
      return state.kind;
  }
}

/** Does it run, and need nobody? What `status` answers with its exit code. */
export const isHealthy = (facts: AgentFacts): boolean =>
  facts.runner !== null && facts.parked === null && facts.problem === null;
