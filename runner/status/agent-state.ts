/** What an agent is doing, in one word and in words for people. Pure: agent-facts.ts reads what it is decided from. */
import type { MessageKind } from '#blackboard/messages/message.ts';
import type { LeftDrop } from '#blackboard/system/one-entry.ts';
import type { Ended, SessionState } from '#blackboard/turns/turn-records.ts';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';
import type { RunnerRecord } from '#runner/agents/agent-lock.ts';
import { type BlockerKind, type BlockingFacts, blockerOf } from '#runner/status/blockers.ts';
import type { Parked } from '#runner/status/park.ts';
import { instantText } from '#runner/text/terminal.ts';

/** The word for what an agent is doing, with its details. */
export interface AgentState {
  kind: BlockerKind | 'busy' | 'orphaned' | 'idle';
  /** For a table's column: `busy: turn 4 since 11:59:55`. */
  words: string;
  /** What a person does about it; null: nothing. */
  next: string | null;
  /** A person has to do something before it works (again). */
  needsYou: boolean;
}

/** A turn that is not closed. */
export interface OpenTurn {
  number: number;
  /** The live child's. */
  pid: number | null;
  sinceMs: number | null;
  messages: { id: string; from: string; kind: MessageKind }[];
  /** Only signals started it. */
  bySignal?: true;
  /** It waits for a person's answer. */
  asks?: true;
}

export interface AgentFacts extends BlockingFacts {
  definition: AgentDefinition | null;
  runner: RunnerRecord | null;
  parked: Parked | null;
  open: OpenTurn | null;
  /** Drops that can neither be taken nor put aside: a person must fix them. */
  left: readonly LeftDrop[];
  /** Names in its inbox that are never work. */
  ignored: readonly string[];
  /** Messages that are not due yet. */
  laterCount: number;
  workingCount: number;
  deadCount: number;
  /** The certain cost today of turns that only signals started, USD. */
  signalsUsd: number;
  session: SessionState | null;
  lastTurn: Ended | null;
  turnCount: number;
  lastActivityMs: number | null;
  todayUsd: number;
}

/** What a row of `list` is made of. */
export type RowFacts = Omit<AgentFacts, 'lastTurn' | 'session' | 'definition'> & { definition: RowDefinition | null };

/** What it needs of agent.md. */
export type RowDefinition = Pick<
  AgentDefinition,
  | ('enabled' | 'permissionMode' | 'model' | 'maxTurnsPerHour' | 'budget')
  | ('cwd' | 'addDirs' | 'settings' | 'mcpConfig' | 'worktree')
>;

/** Blockers that a turn without a child yet does not hide. */
const BEFORE_BUSY: readonly string[] = ['broken', 'disabled', 'parked', 'stopped', 'paused', 'not-running'];

/** What is broken, what runs, what holds it up. */
export function stateOf(facts: RowFacts, nowMs: number): AgentState {
  const { open, runner, name } = facts;
  const blocker = blockerOf(facts, nowMs);
  if (blocker?.kind === 'lent') return blocker;
  if (open?.pid && facts.problem === null && !facts.elsewhere) {
    if (runner) return busy(open, nowMs);
    // A runner of all agents refuses a second one; it waits for the turn itself, unless the agent is switched off.
    const canStart = facts.runners !== 'all';
    return {
      kind: 'orphaned',
      words: `orphaned turn ${open.number} (pid ${open.pid})`,
      next: `${canStart ? `agent-runner start ${name} (waits for the turn, then goes on), or ` : ''}agent-runner stop ${name} --now`,
      needsYou: true,
    };
  }
  if (open && !runner?.isHeldUp && !facts.elsewhere && !(blocker && BEFORE_BUSY.includes(blocker.kind)))
    return busy(open, nowMs);
  return blocker ?? { kind: 'idle', words: 'idle', next: null, needsYou: false };
}

function busy({ number, sinceMs, pid, bySignal, asks }: OpenTurn, nowMs: number): AgentState {
  const since = sinceMs === null ? '' : ` since ${instantText(sinceMs, nowMs)}`;
  const cause = bySignal ? ' (by a signal)' : '';
  // What needs a person comes first: a narrow list cuts the end.
  const words = `${asks ? 'asks you' : 'busy'}: turn ${number}${cause}${since}${pid ? `, pid ${pid}` : ''}`;
  return { kind: 'busy', words, next: asks ? 'agent-runner approvals' : null, needsYou: asks === true };
}

/** Whether it runs and needs nobody: the exit code of `status`. */
export const isHealthy = (facts: AgentFacts, nowMs: number): boolean =>
  facts.runner !== null && blockerOf(facts, nowMs)?.needsYou !== true;
