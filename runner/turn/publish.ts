/**
 * A turn's replies, and the note about its denied tools: their ids derive from what they answer, so that sending one
 * again changes nothing.
 */

import type { BodyOf } from '#blackboard/events/event.ts';
import { noteText } from '#blackboard/events/note-text.ts';
import { sameWords } from '#blackboard/inbox/deliver.ts';
import type { Outcome } from '#blackboard/inbox/outcome.ts';
import { turnLayout } from '#blackboard/layout.ts';
import { carriedDenials, type Denial } from '#blackboard/messages/denials.ts';
import { asksForReply, leastBudget } from '#blackboard/messages/message.ts';
import { lifeOfInbox, lifePart } from '#blackboard/peers/agent-life.ts';
import { deliverDerived, type NoteContext, openInbox, sendNote } from '#blackboard/peers/notes.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { derivedId } from '#blackboard/system/ids.ts';
import { attachWhole } from '#blackboard/turns/long-answer.ts';
import type { Ended, Intent } from '#blackboard/turns/turn-records.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';

/** The id of the reply to a turn's work: one for the whole batch. */
export const replyId = (agent: string, firstMessage: string, life = ''): string =>
  derivedId(...replyParts(agent, firstMessage, life));

const replyParts = (agent: string, firstMessage: string, life: string): string[] => [
  'reply',
  agent,
  ...lifePart(life),
  firstMessage,
];

/**
 * Delivers the answer to the sender of the turn's work. If it cannot be delivered, the outcome says so; nothing is
 * thrown.
 */
export async function publishReply(
  context: AgentContext,
  intent: Intent,
  ended: Ended,
): Promise<Pick<Outcome, 'reply' | 'undelivered'>> {
  const work = intent.messages.filter(message => !message.rider && asksForReply(message.kind));
  const first = work[0];
  if (!first || ended.verdict.kind !== 'answered') return {};
  const asker = await openInbox(context, first);
  // The work was done; only the operator is left to hear of it.
  const inbox = asker ?? (await openInbox(context, { from: OPERATOR }));
  const undelivered = asker ? {} : { undelivered: `there is no peer "${first.from}" any more` };
  if (!inbox) return undelivered;
  const turn = turnLayout(context.layout.turns, ended.turn);
  const { text, isCut } = ended.verdict;
  const life = await lifeOfInbox(context.files, context.layout.inbox);
  const parts = replyParts(context.layout.name, first.id, life);
  const { id: sent } = await deliverDerived(context, inbox, parts, sameWords, async id => ({
    id,
    from: context.layout.name,
    ...(life === '' ? {} : { fromId: life }),
    kind: 'answer',
    at: ended.at,
    trace: first.trace,
    budgetUsd: leastBudget(...work.map(({ budgetUsd }) => budgetUsd)),
    hops: Math.max(...work.map(({ hops }) => hops)) + 1,
    ...(first.thread === null ? {} : { thread: first.thread }),
    inReplyTo: work.map(message => message.id),
    turn: ended.turn,
    ...deniedIn(ended),
    ...(isCut ? { attachments: await attachWhole(context.files, inbox, id, turn) } : {}),
    body: text,
  }));
  return asker
    ? { reply: sent }
    : { reply: sent, undelivered: `${undelivered.undelivered}; the operator has the answer` };
}

/** The part of the head with the turn's denied tools; nothing if there are none. */
export const deniedIn = ({ denials }: Pick<Ended, 'denials'>): { denials?: Denial[] } =>
  denials.length > 0 ? { denials: carriedDenials(denials) } : {};

/**
 * Tells the operator about a turn's denied tools: one note for each turn, and none if the reply, or the note of a
 * death, has told it. `denied`: the first of them; absent: there was none.
 */
export async function publishDenials(
  context: NoteContext,
  intent: Intent | null,
  ended: Ended,
  denied: BodyOf<'turn.denied'> | undefined,
): Promise<void> {
  if (!denied || isOperatorTold(intent, ended)) return;
  const { name } = context.layout;
  const work = (intent?.messages ?? []).filter(({ rider }) => !rider);
  await sendNote(context, OPERATOR, {
    key: ['denied', name, String(ended.turn), ended.at],
    ...(work.length > 0 ? { inReplyTo: work.map(({ id }) => id) } : {}),
    ...deniedIn(ended),
    body: noteText(name, denied, context.clock.nowMs()),
  });
}

function isOperatorTold(intent: Intent | null, { verdict, messages }: Ended): boolean {
  const work = intent?.messages.find(({ rider, kind }) => !rider && asksForReply(kind));
  if (verdict.kind === 'answered') return work?.from === OPERATOR;
  const isNotedDead = messages.some(({ disposition }) => disposition.do === 'bury');
  return isNotedDead && !(verdict.kind === 'cancelled' && verdict.by === OPERATOR);
}
