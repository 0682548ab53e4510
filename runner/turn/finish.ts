/**
 * Finishes a turn whose child is gone: decide → publish → ack, release or bury → close. Forward only; the live runner
 * and recovery run the same code, possibly at the same time: each effect is a record, a link or a rename that happens
 * once.
 */
import { join } from 'node:path';
import { noteText } from '#blackboard/events/note-text.ts';
import { ack, bury, type Claimed, listClaimed, release } from '#blackboard/inbox/claim.ts';
import { type Outcome, outcomeOf, writeOutcome } from '#blackboard/inbox/outcome.ts';
import { type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import { claimedName, type MessageName, parseMessageName } from '#blackboard/messages/message-name.ts';
import { deathEvent, publishDeath, sendNote } from '#blackboard/peers/notes.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { readRecord, replaceCopy, writeOnce } from '#blackboard/system/record.ts';
import { recordCost } from '#blackboard/turns/spending.ts';
import type { Disposition, Ended, Intent, IntentMessage } from '#blackboard/turns/turn-records.ts';
import { type ChildState, closeTurn, isClosed, isOver } from '#blackboard/turns/turns.ts';
import type { ChildExit } from '#runner/claude/port.ts';
import { park } from '#runner/status/park.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import { decideTurn } from '#runner/turn/decide.ts';
import { deniedIn, publishDenials, publishReply } from '#runner/turn/publish.ts';
import { settleSignals } from '#runner/turn/signals/after-turn.ts';
import { endedEvents } from '#runner/turn/turn-events.ts';
import { withdrawAfter } from '#runner/turn/withdraw-after.ts';

/**
 * Brings a turn to its end. Its child is gone, or it is sealed; `exit`: how the child ended, if the caller saw it. Safe
 * to repeat and to run twice at once.
 */
export async function finishTurn(
  context: AgentContext,
  turn: TurnLayout,
  child: ChildState,
  exit: ChildExit | null = null,
): Promise<Ended> {
  const { files, layout, clock } = context;
  const ended = await decideTurn(context, turn, child, exit);
  // Another finisher ended it: a late finisher must not park the agent again after a person's `resume`.
  if (await isClosed(files, turn)) return ended;
  if (ended.verdict.kind === 'interrupted' && child.kind === 'started') await endLeftovers(context, turn);
  const intent = await readRecord<Intent>(files, turn.intent);
  // For people, and beside the reply. "exists": of another finisher, by the same record, or all of an answer that is cut there.
  const written = ended.verdict.kind === 'answered' ? writeOnce(files, turn.answer, ended.verdict.text) : null;
  written?.catch(() => {});
  const claimed = (await listClaimed(files, layout.inbox)).filter(entry => entry.turn === turn.number);
  for (const entry of claimed) await settleMessage(context, intent, ended, entry);
  await settleSignals(context, turn, ended);
  await withdrawAfter(context, ended);
  const events = endedEvents(intent, ended);
  const denied = events.find(event => event.type === 'turn.denied');
  await publishDenials(context, intent, ended, denied);
  if (ended.park) await park(context, ended.park, ended.park.occasion ?? `turn ${turn.number}`);
  // Said once for a session: a person may be able to fix the reason (flags that change from turn to turn).
  const end = events.find(event => event.type === 'turn.ended');
  if (end?.cacheMissed && intent)
    await sendNote(context, OPERATOR, {
      key: ['cache-missed', layout.name, intent.sessionId],
      body: noteText(layout.name, end, clock.nowMs()),
    });
  if (child.kind === 'started' || ended.costUsd > 0) {
    const work = (intent?.messages ?? []).filter(({ rider }) => !rider);
    await recordCost(
      context.files,
      context.root,
      layout.name,
      ended,
      work.map(({ trace }) => trace),
    );
  }
  if (ended.session) await replaceCopy(files, layout.session, `${JSON.stringify(ended.session)}\n`);
  await context.emit(...events);
  await written;
  if (intent?.kind === 'lent') await files.remove(layout.lent);
  await closeTurn(files, turn, new Date(clock.nowMs()).toISOString());
  return ended;
}

/** Before the next turn is asked to check what was done: its tools would continue meanwhile. */
async function endLeftovers({ claude, emit }: AgentContext, turn: TurnLayout): Promise<void> {
  const count = (await claude.stopLeftovers?.(turn)) ?? 0;
  if (count > 0) void emit({ type: 'turn.cleared', turn: turn.number, count });
}

/**
 * One message of the turn. A message that the intent does not name was never in the prompt, and goes back unchanged.
 */
async function settleMessage(
  context: AgentContext,
  intent: Intent | null,
  ended: Ended,
  claimed: Claimed,
): Promise<void> {
  const message = intent?.messages.find(({ id }) => id === claimed.name.id);
  const disposition = ended.messages.find(({ id }) => id === claimed.name.id)?.disposition;
  if (!message || !disposition) {
    await giveBack(context, claimed, claimed.name);
    return;
  }
  await follow(context, intent!, ended, claimed, message, disposition);
}

/** Back to new. false: another finisher was here first, and the message may be on its way again. */
async function giveBack({ files, layout, emit }: AgentContext, claimed: Claimed, next: MessageName): Promise<boolean> {
  if ((await release(files, layout.inbox, claimed, next)) === 'gone') return false;
  void emit({ type: 'message.released', id: claimed.name.id, turn: claimed.turn });
  return true;
}

async function follow(
  context: AgentContext,
  intent: Intent,
  ended: Ended,
  claimed: Claimed,
  message: IntentMessage,
  disposition: Disposition,
): Promise<void> {
  const { files, layout, clock, emit } = context;
  const { inbox } = layout;
  const settled = { id: message.id, turn: ended.turn };
  if (disposition.do === 'release') {
    await giveBack(context, claimed, parseMessageName(disposition.name)!);
    return;
  }
  const path = join(inbox.cur, claimedName(claimed.turn, claimed.name));
  const denied = message.rider ? {} : deniedIn(ended);
  const base = { id: message.id, at: ended.at, turn: ended.turn, costUsd: ended.costUsd, ...denied };
  if (disposition.do === 'bury') {
    const { verdict } = ended;
    const by = verdict.kind === 'cancelled' && verdict.by !== undefined ? [verdict.by] : [];
    const { reason } = disposition;
    const death = { ...message, at: ended.at, turn: ended.turn, reason, ...denied };
    await publishDeath(context, death, by);
    await tellOther(context, claimed, { ...base, outcome: 'dead', reason });
    // "gone": another finisher was here first. Requeued, or moved back to new by hand, it must know the turn whose prompt it stood in last.
    if ((await bury(files, inbox, path, { ...claimed.name, lastTurn: ended.turn }, reason)) === 'moved')
      void emit(deathEvent(death));
    return;
  }
  const sent = disposition.outcome === 'replied' ? await publishReply(context, intent, ended) : {};
  await tellOther(context, claimed, { ...base, outcome: disposition.outcome, ...sent });
  // "gone": another finisher was here first.
  if ((await ack(files, inbox, path, claimed.name, clock.nowMs())) !== 'moved') return;
  if (disposition.outcome === 'done') void emit({ type: 'message.done', ...settled });
  else void emit({ type: 'message.replied', ...settled, reply: sent.reply ?? null });
}

/** Writes the outcome of the claimed message's life. One that is there is of another finisher of this turn; any other is told, and stands. */
async function tellOther({ files, layout, emit }: AgentContext, { name }: Claimed, outcome: Outcome): Promise<void> {
  if ((await writeOutcome(files, layout.inbox, name, outcome)) === 'written') return;
  const known = await outcomeOf(files, layout.inbox, name);
  if (known?.outcome === outcome.outcome && known.turn === outcome.turn) return;
  const [turn, before] = [outcome.turn ?? 0, known?.outcome ?? null];
  void emit({ type: 'message.disputed', id: name.id, turn, outcome: outcome.outcome, before });
}

/**
 * Messages in cur under a closed turn's number go back to new: a runner that was stopped between its election and its
 * renames left them there. Open turns are not touched.
 */
export async function sweepClosed(context: AgentContext): Promise<number> {
  const { files, layout } = context;
  let swept = 0;
  for (const claimed of await listClaimed(files, layout.inbox)) {
    const turn = turnLayout(layout.turns, claimed.turn);
    if ((await isOver(files, turn)) && (await giveBack(context, claimed, claimed.name))) swept++;
  }
  return swept;
}
