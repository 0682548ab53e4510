/**
 * Reads what an agent is doing from its files alone: every reader of the root sees the same, with or without a runner.
 */

import { basename } from 'node:path';
import { openCards, waitsUntilMs } from '#blackboard/cards/cards.ts';
import { listClaimed } from '#blackboard/inbox/claim.ts';
import { countDead } from '#blackboard/inbox/count-dead.ts';
import { compareNames } from '#blackboard/inbox/drop-order.ts';
import { listTakenDrops, sortDrops } from '#blackboard/inbox/drops.ts';
import { isNeverWork } from '#blackboard/inbox/never-work.ts';
import { untaken } from '#blackboard/inbox/untaken.ts';
import { waitsFor } from '#blackboard/inbox/waiters.ts';
import { type AgentLayout, agentLayout, rootLayout, type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import { sortMessageNames } from '#blackboard/messages/message-name.ts';
import { isAgent } from '#blackboard/peers/agent.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { listSignals } from '#blackboard/signals/pending.ts';
import { localDay, nextLocalDay } from '#blackboard/system/clock.ts';
import { isDenied } from '#blackboard/system/denied.ts';
import { errnoOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { mapAtOnce } from '#blackboard/system/map-at-once.ts';
import {
  formatIdentity,
  isAlive,
  isAliveSync,
  isElsewhere,
  type ProcessIdentity,
  startTimeSync,
} from '#blackboard/system/process-identity.ts';
import { isRunnerAlive } from '#blackboard/system/process-mark.ts';
import { readRecord } from '#blackboard/system/record.ts';
import type { Remembered } from '#blackboard/system/remembered.ts';
import { readEnded } from '#blackboard/turns/long-answer.ts';
import { newestListed } from '#blackboard/turns/newest-turn.ts';
import { createSpendingReader, type DaySpending } from '#blackboard/turns/spending.ts';
import type { Ended, Intent, SessionState } from '#blackboard/turns/turn-records.ts';
import { isClosed, readChild } from '#blackboard/turns/turns.ts';
import { claudeConfigDir } from '#hooks/claude/session-files.ts';
import { listSessionOwners } from '#hooks/claude/session-registry.ts';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';
import { liveRunner, type RunnerRecord, readRunner } from '#runner/agents/agent-lock.ts';
import { deniedMend, deniedWords } from '#runner/agents/definition-text.ts';
import { type FleetLimits, readFleetLimits } from '#runner/agents/fleet-limits.ts';
import { missingFor } from '#runner/agents/prerequisites.ts';
import { readDefinition } from '#runner/agents/read-definition.ts';
import { type RootRunners, rootRunners } from '#runner/agents/runner-registry.ts';
import { worktreeMissing } from '#runner/agents/worktree.ts';
import { isChildAlive, turnElsewhere } from '#runner/claude/child-elsewhere.ts';
import { fullWindow, readPlan } from '#runner/claude/plan.ts';
import type { AgentFacts, OpenTurn, RowDefinition, RowFacts } from '#runner/status/agent-state.ts';
import {
  type Blocker,
  blockerOf,
  definitionFacts,
  paceBlocker,
  retryOf,
  signalBlocker,
  UNBLOCKED,
} from '#runner/status/blockers.ts';
import { leftOfDay, overDayPark } from '#runner/status/day-budget.ts';
import { hourlyLimitUntil } from '#runner/status/hourly-limit.ts';
import { lentNow } from '#runner/status/lent.ts';
import { isOver, type Parked } from '#runner/status/park.ts';

/** What is needed to look at agents, at one instant: what is the same for all of them is read once, when it is needed. */
export interface StateSource {
  root: string;
  files: Files;
  /** Where claude keeps its registry; the runner's may differ. */
  env: Readonly<Record<string, string | undefined>>;
  nowMs: number;
  /** Today's. */
  spending(): Promise<DaySpending>;
  runners(): Promise<RootRunners>;
  /** Whether the runner with this identity lives. */
  isRunning(identity: ProcessIdentity): Promise<boolean>;
  /** What config.yaml allows all agents together. */
  fleet(): Promise<FleetLimits>;
  /** Whether all agents are paused. */
  isRootPaused(): Promise<boolean>;
  /** The processes that have sessions open, by the sessions' ids. */
  owners(): Promise<ReadonlyMap<string, { pid: number }>>;
  /** What holds up work of low priority. */
  paced(): Promise<Blocker | null>;
  /** What of that is not there: many agents name the same. */
  missing(named: Parameters<typeof missingFor>[0]): ReturnType<typeof missingFor>;
}

export function stateSource(root: string, files: Files, env: StateSource['env'], nowMs: number): StateSource {
  const fleet = onceFor(() => readFleetLimits(files, root));
  return {
    root,
    files,
    env,
    nowMs,
    fleet,
    spending: onceFor(() => createSpendingReader(files, root)(localDay(nowMs))),
    runners: onceFor(() => rootRunners(files, root)),
    isRunning: onceFor((identity: ProcessIdentity) => isRunnerAlive(root, identity), formatIdentity),
    isRootPaused: onceFor(async () => (await files.facts(rootLayout(root).pause)) !== null),
    owners: onceFor(() => listSessionOwners(claudeConfigDir(env), startTimeSync).catch(() => new Map())),
    paced: onceFor(async () => {
      const plan = await readPlan(files, root, nowMs);
      const pace = plan && (await fleet()).pace;
      const full = pace ? fullWindow(plan, pace.window) : null;
      return full && paceBlocker(full, pace!.window, nowMs);
    }),
    missing: onceFor(missingFor, ({ cwd, settings, mcpConfig }) => JSON.stringify([cwd, settings, mcpConfig])),
  };
}

/** Reads once for each key. */
function onceFor<Given extends unknown[], Result>(
  read: (...given: Given) => Promise<Result>,
  keyOf: (...given: Given) => string = () => '',
): (...given: Given) => Promise<Result> {
  const known = new Map<string, Promise<Result>>();
  return (...given) => {
    const key = keyOf(...given);
    const found = known.get(key) ?? read(...given);
    known.set(key, found);
    return found;
  };
}

/**
 * Reads everything known about an agent. Changes nothing. One whose directory cannot be read is broken, and says so.
 */
export const readFacts = (source: StateSource, name: string): Promise<AgentFacts> =>
  unlessUnreadable(source, name, () => readAll(source, name));

async function unlessUnreadable<Facts>(
  source: StateSource,
  name: string,
  read: () => Promise<Facts>,
): Promise<Facts | AgentFacts> {
  try {
    return await read();
  } catch (error) {
    if (!isDenied(error)) throw error;
    const { home } = agentLayout(source.root, name);
    const { path = home } = error as NodeJS.ErrnoException;
    const what = path === home ? 'its directory' : path.replace(`${home}/`, '');
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
  const layout = agentLayout(source.root, name);
  return factsFrom(source, layout, await readOwn(source, layout), await countInbox(source.files, layout));
}

/** The facts, from what the agent's directories say, and from everything else. */
async function factsFrom<Last extends LastTurn, Definition extends RowDefinition>(
  source: StateSource,
  layout: AgentLayout,
  own: Own<Last, Definition>,
  inbox: Awaited<ReturnType<typeof countInbox>>,
): Promise<
  RowFacts & { definition: Definition | null; lastTurn: Last | null; session: Last['session'] | SessionState }
> {
  const { files } = source;
  const { turnCount, lastTurn } = own;
  const known = await readKnown(source, layout, own);
  const open = own.isOpen ? await readOpenTurn(source, layout, turnCount) : null;
  const session = lastTurn
    ? lastTurn.session
    : await ifThere(own, layout.session, path => readQuietly<SessionState>(files, path));
  const spent = await source.spending();
  const signalsUsd = spent.bySignals?.get(layout.name) ?? 0;
  // Not spread: for thousands of rows that takes longer than the looks at their files.
  return Object.assign(known, inbox, {
    open,
    ownerPid: session && !open?.pid ? await ownerOf(source, session.id, layout, turnCount) : null,
    paced: inbox.lowCount > 0 ? await source.paced() : null,
    signalHold: inbox.signalCount > 0 ? await signalHold(source, known.definition, signalsUsd) : null,
    signalsUsd,
    session,
    lastTurn,
    turnCount,
    lastActivityMs: await lastActivity(files, layout, own),
    todayUsd: spent.byAgent.get(layout.name) ?? 0,
  });
}

/** What would hold up a new message of that priority, from a few files: {@link readFacts} counts much more. */
export async function readBlocker(source: StateSource, name: string, priority?: string): Promise<Blocker | null> {
  const layout = agentLayout(source.root, name);
  const own = await readOwn(source, layout);
  const known = await readKnown(source, layout, own);
  const { lastTurn, isOpen } = own;
  const ownerPid =
    lastTurn?.session && !isOpen ? await ownerOf(source, lastTurn.session.id, layout, own.turnCount) : null;
  const low = priority === 'low' ? { lowCount: 1, paced: await source.paced() } : {};
  return blockerOf({ ...UNBLOCKED, ...known, ...low, ownerPid, waitingCount: 1 }, source.nowMs);
}

/** What must be known of the newest turn that has a decision. */
interface LastTurn {
  deferred?: { card: string };
  at: string;
  retryAtMs: number | null;
  session: { id: string } | null;
  verdict: { kind: string; reason?: string };
}

/** What an agent's directory says of it, its inbox left out. */
interface Own<Last = Ended, Definition = AgentDefinition> {
  /** The names in its directory. */
  names: readonly string[];
  /** Who ran it last: it may be dead. */
  runner: RunnerRecord | null;
  definition: Definition | null;
  /** What is wrong with agent.md. */
  problem: string | null;
  turnCount: number;
  /** The newest turn is not closed. */
  isOpen: boolean;
  lastTurn: Last | null;
  /** When the newest turn's output was last written. */
  streamMs: number | null;
}

async function readOwn({ files, env }: StateSource, layout: AgentLayout): Promise<Own> {
  const names = await files.list(layout.home);
  const read = definitionFacts(await readDefinition(files, layout, env), layout.definition);
  const turnCount = await newestListed(files, layout.turns);
  const latest = turnCount > 0 ? turnLayout(layout.turns, turnCount) : null;
  return {
    names,
    runner: await ifThere({ names }, layout.runner, () => readRunner(layout)),
    ...read,
    turnCount,
    isOpen: latest !== null && !(await isClosed(files, latest)),
    lastTurn: await newestEnded(files, layout, turnCount),
    streamMs: (latest && (await files.facts(latest.stream))?.mtimeMs) ?? null,
  };
}

/** Reads a file directly in the agent's directory; null, without asking for it, if no such name is there. */
const ifThere = async <T>(
  { names }: Pick<Own, 'names'>,
  path: string,
  read: (path: string) => Promise<T>,
): Promise<T | null> => (names.includes(basename(path)) ? read(path) : null);

/** What holds it up, except what depends on the waiting messages. */
async function readKnown<Definition extends RowDefinition>(
  source: StateSource,
  layout: AgentLayout,
  own: Own<LastTurn, Definition>,
) {
  const { files, nowMs } = source;
  const { definition, problem, turnCount, isOpen, lastTurn, names } = own;
  const parked = await ifThere(own, layout.parked, path => readQuietly<Parked>(files, path));
  const turnsMax = definition?.maxTurnsPerHour ?? Number.POSITIVE_INFINITY;
  const runner = own.runner && (await source.isRunning(own.runner.identity)) ? own.runner : null;
  return {
    name: layout.name,
    problem,
    definition,
    runner,
    runners: runner ? UNBLOCKED.runners : await source.runners(),
    elsewhere: isOpen ? await leftElsewhere(files, turnLayout(layout.turns, turnCount), runner) : null,
    parked: parked && isOver(parked, nowMs) ? null : parked,
    isStopped: names.includes(basename(layout.stop)),
    pausedBy: (await source.isRootPaused())
      ? ('root' as const)
      : names.includes(basename(layout.pause))
        ? ('agent' as const)
        : null,
    lent:
      isOpen || names.includes(basename(layout.lent))
        ? await lentNow(files, layout, isOpen ? turnLayout(layout.turns, turnCount) : null)
        : null,
    retry: retryOf(lastTurn, nowMs),
    asksUntilMs: await waitsUntilMs(files, source.root, lastTurn?.deferred?.card, nowMs).catch(() => null),
    hourlyUntilMs: await hourlyLimitUntil(files, layout, turnsMax, turnCount, nowMs).catch(() => null),
    missing:
      definition &&
      ((await source.missing(definition)) ?? (await worktreeMissing(files, layout, definition).catch(() => null))),
    overDay: definition && (await overDayOf(source, definition, layout.name)),
  };
}

/** Why its next message would park it, if the day's money is spent. */
async function overDayOf(source: StateSource, { budget }: RowDefinition, name: string) {
  const { nowMs } = source;
  const spent = await source.spending();
  if (spent.fleetUsd <= 0) return null;
  const budgets = { agentUsd: budget.perDayUsd, fleetUsd: (await source.fleet()).perDayUsd };
  return overDayPark(budgets, leftOfDay(budgets, name, spent), nextLocalDay(nowMs));
}

/** Its turn's child, if it is not visible from here and no runner there runs the agent. */
const leftElsewhere = async (files: Files, latest: TurnLayout, runner: RunnerRecord | null) =>
  runner && isElsewhere(runner.identity) ? null : turnElsewhere(files, latest);

/** Like {@link readFacts}, for many. */
export const readAllFacts = (source: StateSource, names: readonly string[]): Promise<AgentFacts[]> =>
  mapAtOnce(names, limits.agentsAtOnce, name => readFacts(source, name));

/**
 * What a row shows of each of these directories that is an agent's: nothing is read again in the directories of an agent that are as
 * they were.
 */
export async function readRows(
  source: StateSource,
  names: readonly string[],
  remembered: Remembered,
): Promise<RowFacts[]> {
  const rows = await mapAtOnce(names, limits.agentsAtOnce, name =>
    unlessUnreadable(source, name, async () => {
      const layout = agentLayout(source.root, name);
      const still = await remembered.recall<Still | null>(
        `agent ${name}`,
        found => placesOf(layout, found),
        async () => ((await isAgent(source.files, source.root, name)) ? readStill(source, layout) : null),
        found => found?.lasts === true,
      );
      return still && factsFrom(source, layout, still.own, still.inbox);
    }),
  );
  return rows.filter(row => row !== null);
}

/**
 * All that {@link readStill} depends on. The names in `agents/<n>/turns/<n>` do not: a turn that is closed stays as it is. What was
 * empty is filled by renames out of these: cur after a turn was made, tmp (drops that are taken) out of the inbox or new, dead out of
 * any of them; what was not there is made in `home`, as is the record of a runner, and only a runner makes a turn.
 */
function placesOf({ home, definition, turns, inbox, signals }: AgentLayout, found: Still | null): string[] {
  const places = [home, definition, inbox.inbox, inbox.new, inbox.later];
  if (!found) places.push(inbox.tmp);
  if (!found || found.own.runner) places.push(turns);
  if (!found || found.own.names.includes(basename(signals))) places.push(signals);
  if (!found || found.inbox.workingCount > 0) places.push(inbox.cur);
  if (!found || found.inbox.deadCount > 0) places.push(inbox.dead);
  return places;
}

type Still = Awaited<ReturnType<typeof readStill>>;

/** What an agent's directories say, in short. `lasts`: until they change; no turn is open, and nothing lies there to be judged. */
async function readStill(source: StateSource, layout: AgentLayout) {
  const { names, lastTurn, definition, ...own } = await readOwn(source, layout);
  const inbox = await countInbox(source.files, layout);
  const { parked, runner, stop, pause, lent, session, transcript, signals } = layout;
  const asked = [parked, runner, stop, pause, lent, session, transcript, signals];
  const known = asked.map(path => basename(path)).filter(name => names.includes(name));
  return {
    own: { ...own, names: known, definition: definition && ofRow(definition), lastTurn: lastTurn && inShort(lastTurn) },
    inbox,
    lasts: !own.isOpen && definition !== null && inbox.work.length + inbox.takenCount + inbox.ignored.length === 0,
  };
}

function ofRow(definition: AgentDefinition): RowDefinition {
  const { enabled, permissionMode, model, maxTurnsPerHour, budget, cwd, addDirs } = definition;
  const { settings, mcpConfig, worktree } = definition;
  return { enabled, permissionMode, model, maxTurnsPerHour, budget, cwd, addDirs, settings, mcpConfig, worktree };
}

function inShort({ at, retryAtMs, session, verdict, deferred }: Ended): LastTurn {
  const reason = 'reason' in verdict ? { reason: verdict.reason } : {};
  return {
    ...{ at, retryAtMs, session: session && { id: session.id }, verdict: { kind: verdict.kind, ...reason } },
    ...(deferred ? { deferred: { card: deferred.card } } : {}),
  };
}

async function readOpenTurn(
  { files, root, nowMs }: StateSource,
  layout: AgentLayout,
  number: number,
): Promise<OpenTurn> {
  const turn = turnLayout(layout.turns, number);
  const intent = await readQuietly<Intent>(files, turn.intent);
  const child = await readChild(files, turn);
  const isRunning = child.kind === 'started' && (await isChildAlive(files, turn, child.identity));
  const asks =
    isRunning &&
    ((await openCards(files, root, nowMs)).some(({ peer }) => peer === layout.name) ||
      (await waitsFor(files, layout.inbox, OPERATOR, isAlive)));
  return {
    number: turn.number,
    pid: isRunning ? child.identity.pid : null,
    sinceMs: intent ? Date.parse(intent.at) : ((await files.facts(turn.home))?.mtimeMs ?? null),
    messages: (intent?.messages ?? []).map(({ id, from, kind }) => ({ id, from, kind })),
    ...(intent?.signals?.alone ? { bySignal: true as const } : {}),
    ...(asks ? { asks: true as const } : {}),
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
  const takenCount = (await listTakenDrops(files, inbox)).length;
  return {
    waitingCount: inNew.filter(isCounted).length + work.length - left.length + takenCount,
    takenCount,
    lowCount: sortMessageNames(inNew).filter(({ priority }) => priority === 'low').length,
    /** Drops that are to be taken. */
    work,
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
  definition: RowDefinition | null,
  spentUsd: number,
): Promise<Blocker | null> {
  const areOff = (await files.facts(rootLayout(root).disableSignals)) !== null;
  const budgetUsd = definition?.budget.signalsPerDayUsd ?? Number.POSITIVE_INFINITY;
  return signalBlocker({ areOff, spentUsd, budgetUsd, tomorrowMs: nextLocalDay(nowMs) }, nowMs);
}

/** Who else has the session open; the agent's own resident claude is the child of its newest turn. */
async function ownerOf(
  source: StateSource,
  sessionId: string,
  layout: AgentLayout,
  turnCount: number,
): Promise<number | null> {
  const owner = (await source.owners()).get(sessionId);
  if (!owner) return null;
  const child = await readChild(source.files, turnLayout(layout.turns, turnCount)).catch(() => null);
  const isOwn = child?.kind === 'started' && child.identity.pid === owner.pid && isAliveSync(child.identity);
  return isOwn ? null : owner.pid;
}

/** When it was last active: its transcript, its running stream, its last decision. */
async function lastActivity(files: Files, layout: AgentLayout, own: Own<LastTurn, unknown>): Promise<number | null> {
  const times = [
    (await ifThere(own, layout.transcript, path => files.facts(path)))?.mtimeMs ?? null,
    own.streamMs,
    own.lastTurn && Date.parse(own.lastTurn.at),
  ].filter(time => time !== null && Number.isFinite(time)) as number[];
  return times.length > 0 ? Math.max(...times) : null;
}

/** A damaged record must not fail a look at the state; the runner will report it. */
const readQuietly = <T>(files: Files, path: string): Promise<T | null> => readRecord<T>(files, path).catch(() => null);
