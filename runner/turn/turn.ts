/**
 * The path of a message, in one function that reads like the line in ARCHITECTURE.md: recover what is open → look for
 * work → elect → claim → intent → launcher → wait → finish. Everything it needs to know, it reads from disk.
 */

import { type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import { temporaryError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { readRecord, writeRecord } from '#blackboard/system/record.ts';
import { type Lender, readLender } from '#blackboard/turns/lent.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';
import type { Ended, Intent } from '#blackboard/turns/turn-records.ts';
import { type ChildState, electTurn, isClosed, readChild, readStop, sealTurn } from '#blackboard/turns/turns.ts';
import type { SessionOwner } from '#hooks/claude/session-registry.ts';
import { deniedMend, deniedWords } from '#runner/agents/definition-text.ts';
import type { ChildExit, ReadyRun, Run, RunOrder } from '#runner/claude/port.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import type { Batch, Candidate } from '#runner/turn/batch.ts';
import { previousEnded } from '#runner/turn/decide.ts';
import { finishTurn, sweepClosed } from '#runner/turn/finish.ts';
import { type Allowance, type Hold, isSwitchedOff } from '#runner/turn/gates/gates.ts';
import { loanHold } from '#runner/turn/loan.ts';
import { nextBatch, prepareBurial, prepareHandoff, prepareTurn } from '#runner/turn/plan.ts';
import { isFull } from '#runner/turn/rotation.ts';
import { NO_SIGNALS, type SignalWork } from '#runner/turn/signals/pending-signals.ts';

/** The result of a look at an agent. */
export type LookResult =
  /** A turn was ended; look again. */
  | { kind: 'turned'; ended: Ended }
  /** Another runner was faster; look again. */
  | { kind: 'yielded' }
  | ({ kind: 'idle' } & Waiting)
  /** A child that this process did not start still runs (its runner died, or another runner has it). */
  | { kind: 'orphan'; turn: TurnLayout; identity: ProcessIdentity }
  /** Another process has the session open. */
  | ({ kind: 'owned'; owner: SessionOwner } & Waiting)
  /** Not now: back-off, hourly limit, budget, pause, park. */
  | ({ kind: 'held' } & Hold & Waiting);

/** What is still waiting. */
interface Waiting {
  /** When the first of it expires, Unix milliseconds. */
  expiresMs?: number | null;
}

/** A slot for a running turn. `waited`: it was not free at once. */
export interface Slot {
  giveBack(): void;
  waited: boolean;
}

/** What the loop adds around a turn. */
export interface TurnEffects {
  /** The gates, asked when there is work and again just before the launcher; null: go. */
  hold(context: AgentContext, previous: Ended | null): Promise<Hold | null>;
  allowance(context: AgentContext): Promise<Allowance>;
  /** Waits for a slot for a running turn; null: the loop is ending. */
  takeSlot(context: AgentContext): Promise<Slot | null>;
  /** Claude works on the turn: follow its stream, keep its time. Resolves when the run is over. */
  attend(context: AgentContext, turn: TurnLayout, intent: Intent, run: Run): Promise<void>;
  /** Message ids whose replies a live waiter takes. */
  awaited(context: AgentContext): Promise<ReadonlySet<string>>;
  /** Why work of low priority waits; null: it does not. */
  pace?(context: AgentContext): Promise<Hold | null>;
  /** What signals wait; absent: none ever do. */
  signals?(context: AgentContext): Promise<SignalWork>;
}

/** Looks once: recovers, or runs at most one turn. Repeat until it says idle. */
export async function lookOnce(context: AgentContext, hooks: TurnEffects): Promise<LookResult> {
  const { files, layout, claude } = context;
  const lender = await readLender(files, layout);
  const last = await latestTurn(files, layout.turns);
  const recovered = last > 0 ? await recover(context, turnLayout(layout.turns, last), lender) : null;
  if (recovered) return recovered;
  if (lender === 'alive') {
    await claude.letGo?.();
    await endStray(context, last);
    return { kind: 'held', ...(await loanHold(context, null)) };
  }
  if (lender === 'dead') await files.remove(layout.lent);
  await sweepClosed(context);
  const previous = await previousEnded(context, last + 1);
  const batch = await readyBatch(context, hooks, last + 1, previous);
  if ('kind' in batch) return batch;
  if (batch.work.length + batch.expired.length > 0) await requireMovable(context);
  if (batch.expired.length > 0) return buryExpired(context, batch.expired, last + 1);
  const slot = await hooks.takeSlot(context);
  if (!slot) return { kind: 'idle' };
  try {
    // While it waited for a slot, anything may have changed.
    const now = slot.waited ? await readyBatch(context, hooks, last + 1, previous) : batch;
    return 'kind' in now ? now : await runTurn(context, hooks, last + 1, previous, now);
  } finally {
    slot.giveBack();
  }
}

/** Throws where nothing can be claimed: asked before the election, so that what fails at every look makes no turns. */
async function requireMovable({ files, layout }: AgentContext): Promise<void> {
  for (const directory of [layout.inbox.new, layout.inbox.cur]) {
    const errno = await files.obstacle(directory, 'write');
    if (errno !== null) throw temporaryError(deniedWords(directory, errno, 'written'), deniedMend(layout.home));
  }
}

/** The batch of a turn that may be begun now (or what has expired), else why there is none. */
async function readyBatch(
  context: AgentContext,
  hooks: TurnEffects,
  number: number,
  previous: Ended | null,
): Promise<Ready | LookResult> {
  const awaited = await hooks.awaited(context);
  const pace = (await hooks.pace?.(context)) ?? null;
  const first = previous?.deferred?.messages ?? [];
  const batch = await nextBatch(context, number, ids => ids.some(id => awaited.has(id)), pace !== null, first);
  const signals = (await hooks.signals?.(context)) ?? NO_SIGNALS;
  const ready = { ...batch, signals };
  const { expiresMs } = batch;
  if (batch.expired.length > 0) return ready;
  if (batch.isLowHeld && pace && signals.due.length === 0) return { kind: 'held', ...pace, expiresMs };
  if (batch.work.length === 0 && signals.hold) return { kind: 'held', ...signals.hold, expiresMs };
  if (batch.work.length === 0 && signals.due.length === 0) return { kind: 'idle', expiresMs };
  // A message that was sent after a change of agent.md is worked on as that says.
  const { claude } = context;
  if (claude.madeOfNow && claude.madeOfNow() !== claude.madeOf?.()) return { kind: 'yielded' };
  const held = await hooks.hold(context, previous);
  if (held) return { kind: 'held', ...held, expiresMs };
  await endStray(context, number - 1);
  const owner = previous?.session ? await context.claude.sessionOwner(previous.session.id) : null;
  return owner ? { kind: 'owned', owner, expiresMs } : ready;
}

/**
 * A resident claude that another runner left must be gone before a turn is elected: it has the session open. The last
 * turns may have had no child.
 */
async function endStray({ files, layout, claude }: AgentContext, last: number): Promise<void> {
  for (let number = last; number > Math.max(0, last - limits.turnsFollowedMax); number--) {
    const child = await readChild(files, turnLayout(layout.turns, number));
    if (child.kind === 'started') await claude.endResident?.(child.identity);
    if (child.kind !== 'sealed') return;
  }
}

/** What a turn would be about: messages, signals, or both. */
type Ready = Batch & { signals: SignalWork };

/** A turn without a child, for expired messages: their senders are told exactly once. */
async function buryExpired(context: AgentContext, expired: readonly Candidate[], number: number): Promise<LookResult> {
  const { files, layout } = context;
  const unsynced = new Set<string>();
  if ((await electTurn(files, layout.turns, number, unsynced)) === 'lost') return { kind: 'yielded' };
  void context.emit({ type: 'turn.elected', turn: number });
  const turn = turnLayout(layout.turns, number);
  const intent = await prepareBurial(context, turn, expired, unsynced);
  // "exists": somebody else went on with this turn, whose intent stands; what is claimed and not in it goes back.
  if (intent) await writeIntent(context, turn, intent, unsynced);
  return abandon(context, turn);
}

/** Ends an open turn, or says what it waits for. null: the newest turn is closed. */
async function recover(context: AgentContext, turn: TurnLayout, lender: Lender): Promise<LookResult | null> {
  const { files, claude } = context;
  if (await isClosed(files, turn)) return null;
  const known = await readChild(files, turn);
  const intent = await readIntent(context, turn);
  // Who lends the session was elected, and starts the child: of such a turn, and of one that says nothing yet.
  const isLenders = lender === 'alive' && known.kind === 'none' && (intent?.kind ?? 'lent') === 'lent';
  if (isLenders) return { kind: 'held', ...(await loanHold(context, turn)) };
  const child = known.kind === 'none' ? await sealTurn(files, turn) : known;
  if (child.kind === 'started' && (await claude.isAlive(child.identity, turn)))
    return intent?.kind === 'lent'
      ? { kind: 'held', ...(await loanHold(context, turn)) }
      : { kind: 'orphan', turn, identity: child.identity };
  return { kind: 'turned', ended: await finishTurn(context, turn, child) };
}

async function runTurn(
  context: AgentContext,
  hooks: TurnEffects,
  number: number,
  previous: Ended | null,
  ready: Ready,
): Promise<LookResult> {
  const { files, layout } = context;
  const bySignal = ready.work.length === 0;
  // The next look handles what expired while it waited for a slot.
  if (bySignal && ready.signals.due.length === 0) return { kind: 'yielded' };
  const unsynced = new Set<string>();
  if ((await electTurn(files, layout.turns, number, unsynced)) === 'lost') return { kind: 'yielded' };
  void context.emit({ type: 'turn.elected', turn: number });
  const turn = turnLayout(layout.turns, number);
  const allowed = await hooks.allowance(context);
  const handoff = isOwingNote(context, previous)
    ? await prepareHandoff(context, turn, previous, allowed, bySignal)
    : null;
  const intent = handoff ?? (await prepareTurn(context, turn, ready, previous, allowed, ready.signals, unsynced));
  if (!intent) return abandon(context, turn);
  const written = writeIntent(context, turn, intent, unsynced);
  using prepared = context.claude.prepare(orderOf(context, turn, intent, previous));
  if ((await written) === 'exists') return { kind: 'yielded' };
  if ((await readStop(files, turn)) !== null) return abandon(context, turn);
  // Last: after a person pauses, no claude starts.
  if (await isSwitchedOff(context)) return abandon(context, turn);
  return startTurn(context, hooks, turn, intent, prepared);
}

/**
 * Election, claims and intent are on disk before a child may start: what none knows of cannot be told from what never was. Their
 * fsyncs begin at once, so that the disk does all of them in one go.
 */
async function writeIntent(
  { files }: AgentContext,
  turn: TurnLayout,
  intent: Intent,
  unsynced: ReadonlySet<string>,
): Promise<'written' | 'exists'> {
  const written = writeRecord(files, turn.intent, intent);
  await Promise.all([written, ...[...unsynced].map(directory => files.syncDirectory(directory))]);
  return written;
}

/** The session is to be replaced: it said so at its last turn's end, or while it idled. */
function isOwingNote({ claude, definition }: AgentContext, previous: Ended | null): previous is Ended {
  const session = previous?.session ?? null;
  // The call that it holds comes first.
  if (session === null || previous?.deferred) return false;
  return session.rotate !== null || isFull(claude.contextOf?.(session.id) ?? null, definition.session);
}

const orderOf = (context: AgentContext, turn: TurnLayout, intent: Intent, previous: Ended | null): RunOrder => ({
  turn,
  sessionId: intent.sessionId,
  resume: intent.resume,
  line: intent.line!,
  ...(intent.resident ? { resident: intent.resident } : {}),
  maxBudgetUsd: intent.perTurnUsd,
  contextWindow: previous?.session?.contextWindow,
  env: turnEnvironment(context, turn, intent),
  held: intent.held,
  ...(intent.signals?.alone ? { onlySignals: intent.signals.taken.map(({ type }) => type) } : {}),
});

async function startTurn(
  context: AgentContext,
  hooks: TurnEffects,
  turn: TurnLayout,
  intent: Intent,
  prepared: ReadyRun,
): Promise<LookResult> {
  const started = await prepared.start();
  if (started.kind === 'not-started') {
    await abandon(context, turn);
    return {
      kind: 'held',
      reason: started.reason,
      untilMs: context.clock.nowMs() + limits.startRetryMs,
      passes: started.temporary,
    };
  }
  const { run } = started;
  await hooks.attend(context, turn, intent, run);
  const closed = await closeOwn(context, turn, await run.over);
  const isLater = intent.resident !== undefined && intent.resident.first !== turn.number;
  // The launcher ran and no child came of it (its link failed, no identity): at once, the next would fare no better.
  // A resident that ended before it had the line says nothing of the next process.
  if (
    !isLater &&
    closed.kind === 'turned' &&
    closed.ended.verdict.kind === 'void' &&
    !(await readStop(context.files, turn))
  )
    return {
      kind: 'held',
      reason: `claude was not started: the launcher of turn ${turn.number} failed`,
      untilMs: context.clock.nowMs() + limits.startRetryMs,
      passes: true,
    };
  return closed;
}

/** Ends a turn whose child is gone or never came. The seal decides whether one may still come. */
async function abandon(context: AgentContext, turn: TurnLayout): Promise<LookResult> {
  const child = await sealTurn(context.files, turn);
  return endUnlessAlive(context, turn, child);
}

async function closeOwn(context: AgentContext, turn: TurnLayout, exit: ChildExit | null): Promise<LookResult> {
  const known = await readChild(context.files, turn);
  return endUnlessAlive(context, turn, known.kind === 'none' ? await sealTurn(context.files, turn) : known, exit);
}

async function endUnlessAlive(
  context: AgentContext,
  turn: TurnLayout,
  child: ChildState,
  exit: ChildExit | null = null,
): Promise<LookResult> {
  if (child.kind === 'started' && (await context.claude.isAlive(child.identity, turn)))
    return { kind: 'orphan', turn, identity: child.identity };
  if (await isClosed(context.files, turn)) return { kind: 'yielded' };
  return { kind: 'turned', ended: await finishTurn(context, turn, child, exit) };
}

/** Tells the agent's own commands (agent-runner send, ask) who they act for. */
function turnEnvironment(context: AgentContext, turn: TurnLayout, intent: Intent): Record<string, string> {
  const work = intent.messages.filter(({ rider }) => !rider);
  return {
    AGENT_RUNNER_HOME: context.root,
    AGENT_RUNNER_PEER: context.layout.name,
    AGENT_RUNNER_TURN: String(turn.number),
    AGENT_RUNNER_TURN_DIR: turn.home,
    AGENT_RUNNER_TRACE: work[0]?.trace ?? '',
    AGENT_RUNNER_HOPS: String(Math.max(0, ...work.map(({ hops }) => hops))),
    AGENT_RUNNER_MAX_HOPS: String(context.maxHops),
  };
}

/** The intent of an open turn that this process did not start. */
export const readIntent = (context: AgentContext, turn: TurnLayout): Promise<Intent | null> =>
  readRecord<Intent>(context.files, turn.intent);
