/**
 * Reads what an agent is doing from its files alone: every reader of the root sees the same, with or without a runner.
 */

import { listClaimed } from '#blackboard/inbox/claim.ts';
import { countDead } from '#blackboard/inbox/count-dead.ts';
import { compareNames } from '#blackboard/inbox/drop-order.ts';
import { listTakenDrops, sortDrops } from '#blackboard/inbox/drops.ts';
import { isNeverWork } from '#blackboard/inbox/never-work.ts';
import { untaken } from '#blackboard/inbox/untaken.ts';
import { type AgentLayout, agentLayout, rootLayout, type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import { listSignals } from '#blackboard/signals/pending.ts';
import { localDay, nextLocalDay } from '#blackboard/system/clock.ts';
import { isDenied } from '#blackboard/system/denied.ts';
import { errnoOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { mapAtOnce } from '#blackboard/system/map-at-once.ts';
import { isElsewhere, startTimeSync } from '#blackboard/system/process-identity.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { readEnded } from '#blackboard/turns/long-answer.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';
import { createSpendingReader, type DaySpending } from '#blackboard/turns/spending.ts';
import type { Ended, Intent, SessionState } from '#blackboard/turns/turn-records.ts';
import { isClosed, readChild } from '#blackboard/turns/turns.ts';
import { claudeConfigDir } from '#hooks/claude/session-files.ts';
import { findSessionOwner } from '#hooks/claude/session-registry.ts';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';
import { liveRunner, type RunnerRecord } from '#runner/agents/agent-lock.ts';
import { deniedMend, deniedWords } from '#runner/agents/definition-text.ts';
import { readFleetBudget } from '#runner/agents/fleet-budget.ts';
import { missingFor } from '#runner/agents/prerequisites.ts';
import { readDefinition } from '#runner/agents/read-definition.ts';
import { type RootRunners, rootRunners } from '#runner/agents/runner-registry.ts';
import { worktreeMissing } from '#runner/agents/worktree.ts';
import { isChildAlive, turnElsewhere } from '#runner/claude/child-elsewhere.ts';
import type { AgentFacts, OpenTurn } from '#runner/status/agent-state.ts';
import {
  type Blocker,
  blockerOf,
  definitionFacts,
  retryOf,
  signalBlocker,
  UNBLOCKED,
} from '#runner/status/blockers.ts';
import { leftOfDay, overDayPark } from '#runner/status/day-budget.ts';
import { hourlyLimitUntil } from '#runner/status/hourly-limit.ts';
import { isOver, type Parked } from '#runner/status/park.ts';
import { readSwitches } from '#runner/status/switches.ts';

/** What is needed to look at agents. */
export interface StateSource {
  root: string;
  files: Files;
  /** Where claude keeps its registry; the runner's may differ. */
  env: Readonly<Record<string, string | undefined>>;
  nowMs: number;
  spending(day: string): Promise<DaySpending>;
  /** Looked up once, when it is needed. */
  runners(): Promise<RootRunners>;
  /** The budget of all agents, USD; read once, when it is needed. */
  fleetPerDayUsd(): Promise<number>;
}

export const stateSource = (root: string, files: Files, env: StateSource['env'], nowMs: number): StateSource => ({
  root,
  files,
  env,
  nowMs,
  spending: createSpendingReader(files, root),
  runners: once(() => rootRunners(files, root)),
  fleetPerDayUsd: once(() => readFleetBudget(files, root)),
});

function once<Result>(read: () => Promise<Result>): () => Promise<Result> {
  let known: Promise<Result> | undefined;
  return () => {
    known ??= read();
    return known;
  };
}

/**
 * Reads everything known about an agent. Changes nothing. One whose directory cannot be read is broken, and says so.
 */
export async function readFacts(source: StateSource, name: string): Promise<AgentFacts> {
  try {
    return await readAll(source, name);
  } catch (error) {
    if (!isDenied(error)) throw error;
    const { home } = agentLayout(source.root, name);
    const what = (error as NodeJS.ErrnoException).path?.replace(`${home}/`, '') ?? 'its directory';
    const runner = await liveRunner(agentLayout(source.root, name)).catch(() => null);
    return { ...unreadable(name), problem: deniedWords(what, errnoOf(error)), mend: deniedMend(home), runner };
  }
}

const unreadable = (name: string): AgentFacts => ({
  ...UNBLOCKED,
  name,
  definition: null,
  runner: null,
  open: null,
  parked: null,
  left: [],
  ignored: [],
  laterCount: 0,
  workingCount: 0,
  deadCount: 0,
  signalsUsd: 0,
  session: null,
  lastTurn: null,
  turnCount: 0,
  lastActivityMs: null,
  todayUsd: 0,
});

async function readAll(source: StateSource, name: string): Promise<AgentFacts> {
  const { files, root, nowMs } = source;
  const layout = agentLayout(root, name);
  const { turnCount, latest, lastTurn, ...known } = await readKnown(source, layout);
  const open = latest && !(await isClosed(files, latest)) ? await readOpenTurn(files, latest) : null;
  const session = lastTurn ? lastTurn.session : await readQuietly<SessionState>(files, layout.session);
  const inbox = await countInbox(files, layout);
  const spent = await source.spending(localDay(nowMs));
  const signalsUsd = spent.bySignals?.get(name) ?? 0;
  return {
    ...known,
    open,
    ownerPid: session && !open?.pid ? await ownerOf(source, session.id) : null,
    ...inbox,
    signalHold: inbox.signalCount > 0 ? await signalHold(source, known.definition, signalsUsd) : null,
    signalsUsd,
    session,
    lastTurn,
    turnCount,
    lastActivityMs: await lastActivity(files, layout, latest, lastTurn),
    todayUsd: spent.byAgent.get(name) ?? 0,
  };
}

/** What would hold up a new message, from a few files: {@link readFacts} counts much more. */
export async function readBlocker(source: StateSource, name: string): Promise<Blocker | null> {
  const { files, root, nowMs } = source;
  const layout = agentLayout(root, name);
  const { latest, lastTurn, ...known } = await readKnown(source, layout);
  const isBusy = latest !== null && !(await isClosed(files, latest));
  const ownerPid = lastTurn?.session && !isBusy ? await ownerOf(source, lastTurn.session.id) : null;
  return blockerOf({ ...UNBLOCKED, ...known, ownerPid, waitingCount: 1 }, nowMs);
}

/** What holds it up, except what depends on the waiting messages. */
async function readKnown(source: StateSource, layout: AgentLayout) {
  const { files, root, nowMs } = source;
  const { definition, problem } = await definitionOf(source, layout);
  const turnCount = await latestTurn(files, layout.turns);
  const lastTurn = await newestEnded(files, layout, turnCount);
  const parked = await readQuietly<Parked>(files, layout.parked);
  const turnsMax = definition?.maxTurnsPerHour ?? Number.POSITIVE_INFINITY;
  const runner = await liveRunner(layout);
  const latest = turnCount > 0 ? turnLayout(layout.turns, turnCount) : null;
  return {
    name: layout.name,
    problem,
    definition,
    runner,
    runners: runner ? UNBLOCKED.runners : await source.runners(),
    elsewhere: latest && (await leftElsewhere(files, latest, runner)),
    parked: parked && isOver(parked, nowMs) ? null : parked,
    ...(await readSwitches(files, root, layout)),
    retry: retryOf(lastTurn, nowMs),
    hourlyUntilMs: await hourlyLimitUntil(files, layout, turnsMax, turnCount, nowMs).catch(() => null),
    missing:
      definition &&
      ((await missingFor(definition)) ?? (await worktreeMissing(files, layout, definition).catch(() => null))),
    overDay: definition && (await overDayOf(source, definition, layout.name)),
    turnCount,
    latest,
    lastTurn,
  };
}

/** Why its next message would park it, if the day's money is spent. */
async function overDayOf(source: StateSource, { budget }: AgentDefinition, name: string) {
  const { nowMs } = source;
  const spent = await source.spending(localDay(nowMs));
  if (spent.fleetUsd <= 0) return null;
  const budgets = { agentUsd: budget.perDayUsd, fleetUsd: await source.fleetPerDayUsd() };
  return overDayPark(budgets, leftOfDay(budgets, name, spent), nextLocalDay(nowMs));
}

/** Its turn's child, if it is not visible from here and no runner there runs the agent. */
async function leftElsewhere(files: Files, latest: TurnLayout, runner: RunnerRecord | null) {
  if (await isClosed(files, latest)) return null;
  return runner && isElsewhere(runner.identity) ? null : turnElsewhere(files, latest);
}

/** Like {@link readFacts}, for many. */
export const readAllFacts = (source: StateSource, names: readonly string[]): Promise<AgentFacts[]> =>
  mapAtOnce(names, limits.agentsAtOnce, name => readFacts(source, name));

async function definitionOf({ files, env }: StateSource, layout: AgentLayout) {
  return definitionFacts(await readDefinition(files, layout, env), layout.definition);
}

async function readOpenTurn(files: Files, turn: TurnLayout): Promise<OpenTurn> {
  const intent = await readQuietly<Intent>(files, turn.intent);
  const child = await readChild(files, turn);
  const isRunning = child.kind === 'started' && (await isChildAlive(files, turn, child.identity));
  return {
    number: turn.number,
    pid: isRunning ? child.identity.pid : null,
    sinceMs: intent ? Date.parse(intent.at) : ((await files.facts(turn.home))?.mtimeMs ?? null),
    messages: (intent?.messages ?? []).map(({ id, from, kind }) => ({ id, from, kind })),
    ...(intent?.signals?.alone ? { bySignal: true as const } : {}),
  };
}

/** The decision on the newest turn that has one: the newest turn may still be open. */
async function newestEnded(files: Files, layout: AgentLayout, newest: number): Promise<Ended | null> {
  for (const number of [newest, newest - 1]) {
    const ended = number > 0 ? await readEnded(files, turnLayout(layout.turns, number)).catch(() => null) : null;
    if (ended) return ended;
  }
  return null;
}

async function countInbox(files: Files, { inbox, signals }: AgentLayout) {
  const [inNew, inLater, deadCount] = await Promise.all([
    files.list(inbox.new),
    files.list(inbox.later),
    countDead(files, inbox.dead),
  ]);
  const { work, ignored } = await sortDrops(files, inbox);
  const left = await untaken(files, inbox.inbox, work);
  return {
    waitingCount:
      inNew.filter(isCounted).length + work.length - left.length + (await listTakenDrops(files, inbox)).length,
    left,
    ignored: ignored.sort(compareNames),
    laterCount: inLater.filter(isCounted).length,
    workingCount: (await listClaimed(files, inbox)).length,
    signalCount: (await listSignals(files, signals)).waiting.length,
    deadCount,
  };
}

/** A message, or a file that somebody put there and that may be one. */
const isCounted = (name: string): boolean => /^\d{13}/.test(name) || !isNeverWork(name);

/** What holds up signals if no message waits. */
async function signalHold(
  { files, root, nowMs }: StateSource,
  definition: AgentDefinition | null,
  spentUsd: number,
): Promise<Blocker | null> {
  const areOff = (await files.facts(rootLayout(root).disableSignals)) !== null;
  const budgetUsd = definition?.budget.signalsPerDayUsd ?? Number.POSITIVE_INFINITY;
  return signalBlocker({ areOff, spentUsd, budgetUsd, tomorrowMs: nextLocalDay(nowMs) }, nowMs);
}

async function ownerOf(source: StateSource, sessionId: string): Promise<number | null> {
  const owner = await findSessionOwner(claudeConfigDir(source.env), sessionId, startTimeSync).catch(() => null);
  return owner?.pid ?? null;
}

/** When it was last active: its transcript, its running stream, its last decision. */
async function lastActivity(
  files: Files,
  layout: AgentLayout,
  latest: TurnLayout | null,
  lastTurn: Ended | null,
): Promise<number | null> {
  const times = [
    (await files.facts(layout.transcript))?.mtimeMs,
    latest ? (await files.facts(latest.stream))?.mtimeMs : undefined,
    lastTurn ? Date.parse(lastTurn.at) : undefined,
  ].filter(time => time !== undefined && Number.isFinite(time)) as number[];
  return times.length > 0 ? Math.max(...times) : null;
}

/** A damaged record must not fail a look at the state; the runner will report it. */
const readQuietly = <T>(files: Files, path: string): Promise<T | null> => readRecord<T>(files, path).catch(() => null);
