/**
 * What holds an agent up: in which words, until when, and what a person does about it. Pure. Decided only here: the
 * code that starts turns asks it, and so do all views of an agent (list, status, send, trace, doctor).
 */

import { stampText } from '#blackboard/system/clock.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { PlanWindow } from '#hooks/claude/control-answers.ts';
import type { AgentRead } from '#runner/agents/agent-directory.ts';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';
import type { RootRunners } from '#runner/agents/runner-registry.ts';
import type { TurnElsewhere } from '#runner/claude/child-elsewhere.ts';
import { CLAUDE_FROM, INSTALL_CLAUDE, looksTooOld } from '#runner/claude/claude-version.ts';
import { instantText } from '#runner/text/terminal.ts';

export type BlockerKind =
  | 'broken'
  | 'disabled'
  | 'parked'
  | 'stopped'
  | 'paused'
  /** A person has its session in a terminal, or is about to. */
  | 'lent'
  | 'not-running'
  | 'backing-off'
  /** A gate without a file: its directory is missing, the hour's turns are used up, signals are off. */
  | 'held'
  /** A call of its last turn waits for a person, and no process does. */
  | 'asking'
  | 'waiting-for-session';

export interface Blocker {
  kind: BlockerKind;
  /** What follows "the agent is": `parked: not logged in`. */
  words: string;
  /** What a person does about it: a command or a short sentence. null: nothing. */
  next: string | null;
  /** Both in one: `stopped; to go on: agent-runner resume worker`. */
  sentence: string;
  /** When it ends by itself, Unix milliseconds; null: it does not, or that is unknown. */
  untilMs: number | null;
  /** It ends by itself and soon, so `--once` waits for it. */
  passes: boolean;
  /** A person has to fix something. False for what a person wanted, and for what passes. */
  needsYou: boolean;
  /** It is the problem in {@link BlockingFacts.missing}. */
  isMissing?: true;
}

/** Why an agent is parked, from its file. */
export interface Park {
  code: string;
  reason: string;
  untilMs?: number;
  /** It ends when what the agent's claude is made from changes. */
  madeOf?: string;
}

/** A loan of an agent's session to a person. */
export interface Loan {
  /** Unix milliseconds; null: not known. */
  sinceMs: number | null;
  /** Their claude runs. False: a handover is under way. */
  isBegun: boolean;
}

/** The facts. A caller that knows only some leaves the others as in {@link UNBLOCKED}. */
export interface BlockingFacts {
  name: string;
  /** What is wrong with agent.md, as `agent.md:3: …`. */
  problem: string | null;
  /** The command that fixes it, if the mistake is not in agent.md. */
  mend?: string;
  definition: { enabled: boolean; maxTurnsPerHour: number } | null;
  /** Who runs in this root: asked if nobody runs this agent. */
  runners: RootRunners;
  /** The live process that runs it; `problem` with `isHeldUp`: why it cannot do so now. */
  runner: { problem?: string; isHeldUp?: true } | null;
  parked: Park | null;
  isStopped: boolean;
  pausedBy: 'root' | 'agent' | null;
  lent: Loan | null;
  /** The last turn met a temporary failure. */
  retry: { atMs: number; reason: string } | null;
  /** The hour's turns are used up until then. */
  hourlyUntilMs: number | null;
  /** A call of its last turn waits for a person until then. */
  asksUntilMs: number | null;
  /** What agent.md names and does not exist. */
  missing: { problem: string; remedy: string } | null;
  /** Another process has its session open. */
  ownerPid: number | null;
  /** Its open turn's child is not visible from here. */
  elsewhere: TurnElsewhere | null;
  /** Messages that wait for a turn, and signals. */
  waitingCount: number;
  signalCount: number;
  /** Of the messages, those of low priority; and what holds them up: {@link paceBlocker}. */
  lowCount: number;
  paced: Blocker | null;
  /** The day's money is spent: the reason for parking the agent at its next message. */
  overDay: Park | null;
  /** What holds up signals if no message waits: {@link signalBlocker}. */
  signalHold: Blocker | null;
}

export const UNBLOCKED: Omit<BlockingFacts, 'name' | 'definition'> = {
  problem: null,
  runners: 'some',
  runner: {},
  parked: null,
  isStopped: false,
  pausedBy: null,
  lent: null,
  retry: null,
  hourlyUntilMs: null,
  asksUntilMs: null,
  missing: null,
  ownerPid: null,
  elsewhere: null,
  waitingCount: 0,
  signalCount: 0,
  lowCount: 0,
  paced: null,
  overDay: null,
  signalHold: null,
};

/** What agent.md, as it was read, adds to the facts. */
export function definitionFacts(
  read: AgentRead,
  path: string,
): { definition: AgentDefinition | null; problem: string | null } {
  if (read.kind === 'usable') return { definition: read.definition, problem: null };
  return {
    definition: null,
    problem: read.kind === 'gone' ? 'agent.md is gone' : read.problem.replace(path, 'agent.md'),
  };
}

/** Why an agent with such an agent.md cannot run. */
export const brokenBlocker = (
  { name, definition }: { name: string; definition: string },
  read: Exclude<AgentRead, { kind: 'usable' }>,
): Blocker => problemBlocker(name, definitionFacts(read, definition).problem ?? '');

/** Kinds of agents that no runner runs: a person has switched them off. */
const SWITCHED_OFF: readonly string[] = ['disabled', 'stopped'];

export const isSwitchedOff = ({ kind }: { kind: string }): boolean => SWITCHED_OFF.includes(kind);

/**
 * The first blocker: what needs a person, what a person switched off, that nobody runs it, what passes by itself. null:
 * a message would be worked on.
 */
export function blockerOf(facts: BlockingFacts, nowMs: number): Blocker | null {
  const { name, definition, retry, hourlyUntilMs, missing, ownerPid } = facts;
  if (facts.problem !== null) return problemBlocker(name, facts.problem, facts.mend);
  if (definition?.enabled === false)
    return toGoOn('disabled', 'disabled', `take "enabled: false" out of agent.md: agent-runner edit ${name}`);
  if (facts.lent) return lentBlocker(name, facts.lent, nowMs);
  if (facts.parked) return parkBlocker(facts.parked, name, nowMs);
  if (facts.isStopped) return stoppedBlocker(name);
  if (facts.pausedBy === 'root') return toGoOn('paused', 'paused (all agents)', 'agent-runner resume');
  if (facts.pausedBy === 'agent') return toGoOn('paused', 'paused', `agent-runner resume ${name}`);
  if (facts.elsewhere) return elsewhereBlocker(facts.elsewhere);
  if (!facts.runner) return notRunningBlocker(name, facts.runners);
  if (facts.runner.isHeldUp && facts.runner.problem)
    return toGoOn('held', `held: ${facts.runner.problem}`, 'what mends it: agent-runner doctor', { needsYou: true });
  if (retry) {
    const words = `backing off until ${instantText(retry.atMs, nowMs)}: ${retry.reason}`;
    return { ...BY_ITSELF, kind: 'backing-off', words, sentence: words, untilMs: retry.atMs, passes: true };
  }
  if (facts.asksUntilMs !== null)
    return toGoOn('asking', `asking you, until ${instantText(facts.asksUntilMs, nowMs)}`, 'agent-runner approvals', {
      needsYou: true,
      untilMs: facts.asksUntilMs,
    });
  if (missing)
    return toGoOn('held', `held: ${missing.problem}`, `${missing.remedy} (agent-runner edit ${name})`, {
      needsYou: true,
      isMissing: true,
    });
  if (hourlyUntilMs !== null && definition) {
    const reason = `maxTurnsPerHour (${definition.maxTurnsPerHour}) is reached`;
    return held(reason, hourlyUntilMs, nowMs);
  }
  if (facts.overDay) {
    const { words, sentence, ...parked } = parkBlocker(facts.overDay, name, nowMs);
    const asHeld = (text: string) => text.replace(/^parked/, 'held');
    return { ...parked, kind: 'held', words: asHeld(words), sentence: asHeld(sentence) };
  }
  const isLowAlone = facts.waitingCount > 0 && facts.waitingCount === facts.lowCount;
  if (isLowAlone && facts.signalCount === 0 && facts.paced) return facts.paced;
  const signalsAlone = facts.waitingCount === 0 && facts.signalCount > 0;
  if (signalsAlone && facts.signalHold) return facts.signalHold;
  return ownerPid !== null && facts.waitingCount + facts.signalCount > 0 ? sessionBlocker(ownerPid) : null;
}

/** How long the agent backs off after the last turn's temporary failure, and what that was; null: it does not. */
export function retryOf(
  lastTurn: { retryAtMs: number | null; verdict: { kind: string; reason?: string } } | null,
  nowMs: number,
): BlockingFacts['retry'] {
  const atMs = lastTurn?.retryAtMs ?? null;
  if (!lastTurn || atMs === null || atMs <= nowMs) return null;
  const { kind, reason } = lastTurn.verdict;
  return { atMs, reason: (kind === 'temporary' ? reason : null) ?? 'a temporary failure' };
}

const NOBODY = { needsYou: false, passes: false, untilMs: null };
const BY_ITSELF = { ...NOBODY, next: null };

/** A blocker that ends when somebody has done `next`. */
const toGoOn = (kind: BlockerKind, words: string, next: string, more: Partial<Blocker> = {}): Blocker => ({
  ...NOBODY,
  kind,
  words,
  next,
  sentence: `${words}; to go on: ${next}`,
  ...more,
});

const problemBlocker = (name: string, problem: string, mend = `mend agent.md: agent-runner edit ${name}`): Blocker =>
  toGoOn('broken', `broken: ${problem}`, mend, { needsYou: true });

/** A person has its session; or a command of theirs waits for its turn to end, and passes. */
export function lentBlocker(name: string, { sinceMs, isBegun }: Loan, nowMs: number): Blocker {
  const since = sinceMs === null ? '' : ` since ${instantText(sinceMs, nowMs)}`;
  if (isBegun) return toGoOn('lent', `lent to a person in tmux${since}`, `agent-runner take ${name}`);
  const words = `about to be lent to a person in tmux${since}`;
  return { ...BY_ITSELF, kind: 'lent', words, sentence: words, passes: true };
}

/** Not `start`: a runner that is up refuses it (75), and continues with the agent by itself. */
export const stoppedBlocker = (name: string): Blocker => toGoOn('stopped', 'stopped', `agent-runner resume ${name}`);

/** The runner of all agents takes this one within seconds, and refuses `start`. */
function notRunningBlocker(name: string, runners: RootRunners): Blocker {
  if (runners !== 'all') return toGoOn('not-running', 'not running', `agent-runner start ${name}`);
  const sentence = 'not running: the runner of all agents is about to take it up';
  return { ...BY_ITSELF, kind: 'not-running', words: 'not running', sentence, passes: true };
}

/** What holds up work of low priority: more than that part of a window of claude's plan is used. */
export const paceBlocker = ({ name, used, resetsAt }: PlanWindow, part: number, nowMs: number): Blocker =>
  held(
    `low priority waits, ${Math.round(used * 100)} % of the plan's ${printableLine(name)} are used (pace.window: ${part})`,
    resetsAt === null ? null : Date.parse(resetsAt),
    nowMs,
  );

function held(reason: string, untilMs: number | null, nowMs: number): Blocker {
  const words = `held: ${reason}${untilMs === null ? '' : `, until ${instantText(untilMs, nowMs)}`}`;
  return { ...BY_ITSELF, kind: 'held', words, sentence: words, untilMs };
}

/** Parked, with what a person does about it. */
export function parkBlocker(park: Park, name: string, nowMs: number): Blocker {
  const untilMs = park.untilMs ?? null;
  const words = `parked: ${park.reason}${untilMs === null ? '' : ` (until ${instantText(untilMs, nowMs)})`}`;
  const next = parkNext(park, name);
  return { kind: 'parked', words, next, sentence: `${words}; ${next}`, untilMs, passes: false, needsYou: true };
}

/** What a person does about a park: the words after the reason. */
export function parkNext({ code, untilMs, reason }: Park, name: string): string {
  const resume = `agent-runner resume ${name}`;
  if (code === 'fleet-budget') return 'goes on by itself tomorrow; to go on today: agent-runner resume --raise <usd>';
  if (code === 'claude') return claudeNext(reason, untilMs, resume);
  if (code === 'refused')
    return `if a message is to blame: agent-runner cancel <message-id>; when that is mended: ${resume}`;
  if (untilMs) return `goes on by itself tomorrow; to go on today: ${resume} --raise <usd>`;
  if (code === 'auth') return `log in (start claude, type /login), then: ${resume}`;
  return `when that is mended: ${resume}`;
}

/** Parks of earlier versions have no instant, and wait for a person. */
function claudeNext(reason: string, untilMs: number | undefined, resume: string): string {
  const tooOld = looksTooOld(reason)
    ? `if agent.md does not say so, that claude is too old (expected ${CLAUDE_FROM} or newer): ${INSTALL_CLAUDE}`
    : null;
  if (!untilMs) return tooOld ? `${tooOld}, then: ${resume}` : `when that is mended: ${resume}`;
  const again = `tried again at ${stampText(untilMs)}, then up to an hour apart, and at once when claude or agent.md changes; to try now: ${resume}`;
  return tooOld ? `${tooOld}; ${again}` : again;
}

/** An open turn with its child in another container or on another host, and without a runner there. */
export function elsewhereBlocker({ turn, who, mend }: TurnElsewhere): Blocker {
  const words = `held: turn ${turn} runs as ${who}, and no runner there looks after it`;
  if (mend === null) return { ...NOBODY, kind: 'held', words, next: 'end it there, or wait', sentence: words };
  return { ...NOBODY, kind: 'held', words, next: mend, sentence: `${words}; ${mend}`, needsYou: true };
}

/** Another process has the session open. */
export const sessionBlocker = (pid: number): Blocker =>
  toGoOn('waiting-for-session', `waiting for its session (pid ${pid} has it open)`, 'close it there');

/**
 * What holds up signals if no message waits; null: they may start a turn. `tomorrowMs`: when the next day's budget
 * begins.
 */
export function signalBlocker(
  facts: { areOff: boolean; spentUsd: number; budgetUsd: number; tomorrowMs: number },
  nowMs: number,
): Blocker | null {
  if (facts.areOff) return toGoOn('held', 'held: signals are off', 'agent-runner signals on');
  if (facts.spentUsd < facts.budgetUsd) return null;
  return held(`budget.signalsPerDayUsd ($${facts.budgetUsd}) is spent for today`, facts.tomorrowMs, nowMs);
}
