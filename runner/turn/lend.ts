/**
 * Lends the session of an agent to a person: names itself in `lent`, so that no other turn begins; waits for the turn that runs, and
 * for a claude that stays; has a turn elected, whose intent says what it is for; and opens the terminal, where the launcher links
 * the turn's child before it becomes claude. If it dies on the way, what is open is sealed or waited for, as any turn.
 */
import { type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import { temporaryError } from '#blackboard/system/errors.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { readRecord, writeRecord } from '#blackboard/system/record.ts';
import { beLender } from '#blackboard/turns/lent.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';
import type { Ended, Intent, SessionState } from '#blackboard/turns/turn-records.ts';
import { type ChildState, electTurn, isClosed, readChild, sealTurn } from '#blackboard/turns/turns.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import { previousEnded } from '#runner/turn/decide.ts';
import { finishTurn } from '#runner/turn/finish.ts';
import { loanIntent } from '#runner/turn/loan.ts';
import { startedEvent } from '#runner/turn/turn-events.ts';

export interface LendOrder {
  /** This process, or who lends in its place. */
  self: ProcessIdentity;
  /** Until when it waits for what runs, on the monotonic clock. */
  untilMs: number;
  /** Whether a live runner has the agent. */
  isRun(): Promise<boolean>;
  /** What it waits for, each time that changes. */
  waits?(what: string): void;
  /** Opens a terminal in which the launcher starts, told to go. What it throws ends the loan. */
  open(turn: TurnLayout, session: SessionState): Promise<void>;
  /** Whether that terminal has still a process that may become the child. */
  isOpen(): Promise<boolean>;
}

export interface Lent {
  turn: TurnLayout;
  session: SessionState;
  child: ProcessIdentity;
}

/** Throws 75 where the session cannot be lent now; then nothing of it is left but a turn in which nothing ran. */
export async function lend(context: AgentContext, order: LendOrder): Promise<Lent> {
  const { files, layout } = context;
  await beLender(files, layout, order.self);
  try {
    for (;;) {
      const last = await untilQuiet(context, order);
      const session = await lendable(context, await previousEnded(context, last + 1));
      const unsynced = new Set<string>();
      if ((await electTurn(files, layout.turns, last + 1, unsynced)) === 'lost') continue;
      const turn = turnLayout(layout.turns, last + 1);
      const child = await begin(context, order, turn, session, unsynced).catch(async error => {
        await giveUp(context, turn);
        throw error;
      });
      if (child) return { turn, session, child };
      await giveUp(context, turn);
      throw temporaryError(
        'no claude has started in the terminal that was opened for it',
        `Its words, if any: ${turn.stderr}; the agent goes on`,
      );
    }
  } catch (error) {
    await files.remove(layout.lent);
    throw error;
  }
}

/** The newest turn is closed, and no claude of the agent's has its session. Returns its number. */
async function untilQuiet(context: AgentContext, order: LendOrder): Promise<number> {
  const { files, layout, clock } = context;
  let said: string | null = null;
  let sinceMs = clock.monotonicMs();
  for (;;) {
    const last = await latestTurn(files, layout.turns);
    const waits = await whatRuns(context, order, last, clock.monotonicMs() - sinceMs);
    if (waits === null) return last;
    if (waits !== said) {
      order.waits?.(waits);
      sinceMs = clock.monotonicMs();
    }
    said = waits;
    if (clock.monotonicMs() >= order.untilMs)
      throw temporaryError(`${layout.name} cannot be lent yet: ${waits}`, 'Try again, or wait longer: --timeout');
    await clock.sleep(limits.lendLookMs);
  }
}

/** What must be over before; null: nothing is left. Ends a turn that nobody else ends. */
async function whatRuns(
  context: AgentContext,
  { isRun }: LendOrder,
  last: number,
  sinceMs: number,
): Promise<string | null> {
  const { files, layout, claude } = context;
  if (last === 0) return null;
  const turn = turnLayout(layout.turns, last);
  if (!(await isClosed(files, turn))) {
    const child = await readChild(files, turn);
    if (child.kind === 'started' && (await claude.isAlive(child.identity, turn))) {
      if ((await readRecord<Intent>(files, turn.intent))?.kind !== 'lent') return `turn ${last} runs`;
      throw temporaryError(`${layout.name} is lent already`, `Back with: agent-runner take ${layout.name}`);
    }
    const words = `turn ${last} comes to its end`;
    if (!(await isRun())) await end(context, turn);
    // Elected in the moment before we said that nothing begins, by a runner that is gone by now: nobody else would end it.
    else if (child.kind === 'none' && sinceMs > limits.lendSealMs && !(await files.facts(turn.intent)))
      await sealTurn(files, turn);
    return words;
  }
  for (let number = last; number > Math.max(0, last - limits.turnsFollowedMax); number--) {
    const before = turnLayout(layout.turns, number);
    const child = await readChild(files, before);
    if (child.kind === 'started' && (await claude.isAlive(child.identity, before)))
      return `the claude of turn ${number}, which stays between its turns, ends`;
    if (child.kind !== 'sealed') break;
  }
  return null;
}

async function end(context: AgentContext, turn: TurnLayout): Promise<ChildState> {
  const known = await readChild(context.files, turn);
  const child = known.kind === 'none' ? await sealTurn(context.files, turn) : known;
  if (child.kind === 'sealed' || (child.kind === 'started' && !(await context.claude.isAlive(child.identity, turn))))
    await finishTurn(context, turn, child);
  return child;
}

/** Nothing has come of it: sealed and finished, unless its child has started after all. */
const giveUp = (context: AgentContext, turn: TurnLayout) => end(context, turn).catch(() => {});

/** The session that there is to lend. Throws (75) where there is none, where a call in it waits for a person, and where somebody has it. */
async function lendable({ layout, claude }: AgentContext, previous: Ended | null): Promise<SessionState> {
  const { name } = layout;
  const session = previous?.session ?? null;
  if (!session || (await claude.sessionBytes(session.id)) === null)
    throw temporaryError(
      `${name} has no conversation yet`,
      `It begins with its first message: agent-runner send ${name} "…"`,
    );
  if (previous?.deferred)
    throw temporaryError(`a call in the session of ${name} waits for your answer`, 'See: agent-runner approvals');
  const owner = await claude.sessionOwner(session.id);
  if (owner) throw temporaryError(`the session of ${name} is open already: pid ${owner.pid} has it`, 'Close it there.');
  return session;
}

/** Elected: says what the turn is for, durably, and opens the terminal. The child; null: the terminal ended without one. */
async function begin(
  context: AgentContext,
  order: LendOrder,
  turn: TurnLayout,
  session: SessionState,
  unsynced: ReadonlySet<string>,
): Promise<ProcessIdentity | null> {
  const { files, clock, claude } = context;
  const bytes = (await claude.sessionBytes(session.id)) ?? 0;
  const at = new Date(clock.nowMs()).toISOString();
  const intent = loanIntent(turn.number, session, newNonce(), bytes, at);
  await Promise.all([
    writeRecord(files, turn.intent, intent),
    ...[...unsynced].map(directory => files.syncDirectory(directory)),
  ]);
  await order.open(turn, session);
  for (const untilMs = clock.monotonicMs() + limits.lendStartMs; ; ) {
    // Asked first: a terminal that closes in this moment may have had its child.
    const mayCome = (await order.isOpen()) && clock.monotonicMs() < untilMs;
    const child = mayCome ? await readChild(files, turn) : await sealTurn(files, turn);
    if (child.kind === 'started') {
      await context.emit(startedEvent(intent, []));
      return child.identity;
    }
    if (child.kind === 'sealed') return null;
    await clock.sleep(limits.lendLookMs);
  }
}
