/** Reads what an agent is doing from its files alone: whoever may read the root sees the same, runner or no runner. */
import { localDay } from '../../blackboard/clock.ts';
import { isDenied } from '../../blackboard/denied.ts';
import { compareNames } from '../../blackboard/drop-order.ts';
import { errnoOf } from '../../blackboard/errors.ts';
import type { Files } from '../../blackboard/files.ts';
import { REASON_SUFFIX } from '../../blackboard/inbox/bury.ts';
import { listClaimed } from '../../blackboard/inbox/claim.ts';
import { listTakenDrops, sortDrops } from '../../blackboard/inbox/drops.ts';
import { untaken } from '../../blackboard/inbox/untaken.ts';
import { type AgentLayout, agentLayout, rootLayout, type TurnLayout, turnLayout } from '../../blackboard/layout.ts';
import { isNeverWork } from '../../blackboard/never-work.ts';
import { isAlive, startTimeSync } from '../../blackboard/process-identity.ts';
import { readRecord } from '../../blackboard/record.ts';
import { isClosed, latestTurn, readChild } from '../../blackboard/turns.ts';
import { listSignals } from '../../blackboard/wake/pending.ts';
import { claudeConfigDir } from '../../hooks/session-files.ts';
import { findSessionOwner } from '../../hooks/session-registry.ts';
import type { Parked } from '../gates/park.ts';
import { createSpendingReader, type DaySpending } from '../gates/spending.ts';
import { instantText } from '../terminal/terminal.ts';
import { missingFor } from '../turn/prerequisites.ts';
import type { Ended, Intent, SessionState } from '../turn/turn-records.ts';
import type { AgentDefinition } from './agent-file.ts';
import { liveRunner } from './agent-lock.ts';
import type { AgentFacts, OpenTurn } from './agent-state.ts';
import { deniedProblem } from './definition-text.ts';
import { readDefinition } from './read-definition.ts';

/** What must be known to look at agents. */
export interface StateSource {
  root: string;
  files: Files;
  /** Says where claude keeps its registry; the runner's may differ. */
  env: Readonly<Record<string, string | undefined>>;
  nowMs: number;
  spending(day: string): Promise<DaySpending>;
}

export const stateSource = (root: string, files: Files, env: StateSource['env'], nowMs: number): StateSource => ({
  root,
  files,
  env,
  nowMs,
  spending: createSpendingReader(files, root),
});

/** Reads all that is known of an agent. Changes nothing. One in whose directory nothing may be read is broken, and says so. */
export async function readFacts(source: StateSource, name: string): Promise<AgentFacts> {
  try {
    return await readAll(source, name);
  } catch (error) {
    if (!isDenied(error)) throw error;
    const { home } = agentLayout(source.root, name);
    const what = (error as NodeJS.ErrnoException).path?.replace(`${home}/`, '') ?? 'its directory';
    return unreadable(name, deniedProblem(what, errnoOf(error), home));
  }
}

const unreadable = (name: string, problem: string): AgentFacts => ({
  name,
  problem,
  definition: null,
  runner: null,
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
  workingCount: 0,
  deadCount: 0,
  signalCount: 0,
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
  const { definition, problem } = await definitionOf(source, layout);
  const turnCount = await latestTurn(files, layout.turns);
  const latest = turnCount > 0 ? turnLayout(layout.turns, turnCount) : null;
  const open = latest && !(await isClosed(files, latest)) ? await readOpenTurn(files, latest) : null;
  const lastTurn = await newestEnded(files, layout, turnCount);
  const session = lastTurn ? lastTurn.session : await readQuietly<SessionState>(files, layout.session);
  const inbox = await countInbox(files, layout);
  const spent = await source.spending(localDay(nowMs));
  const signalsUsd = spent.bySignals?.get(name) ?? 0;
  const parked = await readQuietly<Parked>(files, layout.parked);
  const owner = session && !open?.pid ? await ownerOf(source, session.id) : null;
  return {
    name,
    problem,
    definition,
    runner: await liveRunner(layout),
    open,
    parked: parked?.untilMs && parked.untilMs <= nowMs ? null : parked,
    isStopped: (await files.facts(layout.stop)) !== null,
    pausedBy: (await files.facts(rootLayout(root).pause)) ? 'root' : (await files.facts(layout.pause)) ? 'agent' : null,
    retry: retryOf(lastTurn, nowMs),
    ownerPid: owner,
    hold: definition && (await holdReason(source, layout, definition, { turnCount, ...inbox, signalsUsd })),
    ...inbox,
    signalsUsd,
    session,
    lastTurn,
    turnCount,
    lastActivityMs: await lastActivity(files, layout, latest, lastTurn),
    todayUsd: spent.byAgent.get(name) ?? 0,
  };
}

/** As {@link readFacts}, of many, a few at a time: a thousand agents must not need a thousand descriptors. */
export async function readAllFacts(source: StateSource, names: readonly string[]): Promise<AgentFacts[]> {
  const found: AgentFacts[] = [];
  for (let at = 0; at < names.length; at += READ_AT_ONCE)
    found.push(...(await Promise.all(names.slice(at, at + READ_AT_ONCE).map(name => readFacts(source, name)))));
  return found;
}

const READ_AT_ONCE = 16;

async function definitionOf({ files, env }: StateSource, layout: AgentLayout) {
  const read = await readDefinition(files, layout, env);
  if (read.kind === 'usable') return { definition: read.definition, problem: null };
  const problem = read.kind === 'gone' ? 'agent.md is gone' : read.problem.replace(layout.definition, 'agent.md');
  return { definition: null, problem };
}

async function readOpenTurn(files: Files, turn: TurnLayout): Promise<OpenTurn> {
  const intent = await readQuietly<Intent>(files, turn.intent);
  const child = await readChild(files, turn);
  const isRunning = child.kind === 'started' && (await isAlive(child.identity));
  return {
    number: turn.number,
    pid: isRunning ? child.identity.pid : null,
    sinceMs: intent ? Date.parse(intent.at) : ((await files.facts(turn.home))?.mtimeMs ?? null),
    messages: (intent?.messages ?? []).map(({ id, from, kind }) => ({ id, from, kind })),
    ...(intent?.signals?.alone ? { bySignal: true as const } : {}),
  };
}

/** The decision on the newest turn that has one: the newest itself may still be open. */
async function newestEnded(files: Files, layout: AgentLayout, newest: number): Promise<Ended | null> {
  for (const number of [newest, newest - 1]) {
    const ended = number > 0 ? await readQuietly<Ended>(files, turnLayout(layout.turns, number).ended) : null;
    if (ended) return ended;
  }
  return null;
}

function retryOf(lastTurn: Ended | null, nowMs: number): AgentFacts['retry'] {
  const atMs = lastTurn?.retryAtMs ?? null;
  if (!lastTurn || atMs === null || atMs <= nowMs) return null;
  return { atMs, reason: lastTurn.verdict.kind === 'temporary' ? lastTurn.verdict.reason : 'a temporary failure' };
}

async function countInbox(files: Files, { inbox, signals }: AgentLayout) {
  const lists = [inbox.new, inbox.dead, inbox.later].map(directory => files.list(directory));
  const [inNew, inDead, inLater] = await Promise.all(lists);
  const { work, ignored } = await sortDrops(files, inbox);
  const left = await untaken(files, inbox, work);
  return {
    waitingCount:
      inNew!.filter(isCounted).length + work.length - left.length + (await listTakenDrops(files, inbox)).length,
    left,
    ignored: ignored.sort(compareNames),
    laterCount: inLater!.filter(isCounted).length,
    workingCount: (await listClaimed(files, inbox)).length,
    signalCount: (await listSignals(files, signals)).waiting.length,
    deadCount: inDead!.filter(name => !name.startsWith('.') && !isReason(name)).length,
  };
}

/** A message, or what somebody put there that may be one. */
const isCounted = (name: string): boolean => /^\d{13}/.test(name) || !isNeverWork(name);

/** A reason, or the file in which one is being written. */
const isReason = (name: string): boolean => name.endsWith(REASON_SUFFIX) || name.includes(`${REASON_SUFFIX}.tmp-`);

/** The gates of gates.ts that leave no file behind, looked at without shutting any. */
async function holdReason(
  source: StateSource,
  layout: AgentLayout,
  definition: AgentDefinition,
  known: Pick<AgentFacts, 'turnCount' | 'waitingCount' | 'signalCount' | 'signalsUsd'>,
): Promise<string | null> {
  if (known.waitingCount + known.signalCount === 0) return null;
  const shut = await shutGate(source, layout, definition, known.turnCount);
  return shut ?? (known.waitingCount === 0 ? signalHold(source, definition, known.signalsUsd) : null);
}

/** What holds signals alone. */
async function signalHold(
  { files, root }: StateSource,
  { budget }: AgentDefinition,
  signalsUsd: number,
): Promise<string | null> {
  if (await files.facts(rootLayout(root).disableSignals)) return 'signals are off (agent-runner signals on)';
  return signalsUsd < budget.signalsPerDayUsd
    ? null
    : `budget.signalsPerDayUsd ($${budget.signalsPerDayUsd}) is spent for today`;
}

async function shutGate(
  { files, nowMs }: StateSource,
  layout: AgentLayout,
  definition: AgentDefinition,
  turnCount: number,
): Promise<string | null> {
  const number = turnCount - definition.maxTurnsPerHour + 1;
  const intent = number > 0 ? await readQuietly<Intent>(files, turnLayout(layout.turns, number).intent) : null;
  const untilMs = intent ? Date.parse(intent.at) + 3_600_000 : 0;
  if (untilMs > nowMs)
    return `maxTurnsPerHour (${definition.maxTurnsPerHour}) is reached, until ${instantText(untilMs, nowMs)}`;
  return (await missingFor(definition))?.problem ?? null;
}

async function ownerOf(source: StateSource, sessionId: string): Promise<number | null> {
  const owner = await findSessionOwner(claudeConfigDir(source.env), sessionId, startTimeSync).catch(() => null);
  return owner?.pid ?? null;
}

/** When something was last seen of it: its transcript, its running stream, its last decision. */
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

/** A record that somebody tore is nothing a look at the state should fail for; the runner will say so. */
const readQuietly = <T>(files: Files, path: string): Promise<T | null> => readRecord<T>(files, path).catch(() => null);
