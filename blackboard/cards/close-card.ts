/** Ends cards so that people know: an event tells how, and the note that asked is put away unless it was read before. */
import type { Card, CardEnd } from '#blackboard/cards/card.ts';
import { cardEndWords } from '#blackboard/cards/card-words.ts';
import { endCard, isOverdue, waitingCards } from '#blackboard/cards/cards.ts';
import type { BodyOf } from '#blackboard/events/event.ts';
import { recordEvents } from '#blackboard/events/record-events.ts';
import { ackRead } from '#blackboard/inbox/claim.ts';
import { locate } from '#blackboard/inbox/locate.ts';
import { agentLayout, type Inbox, inboxLayout, rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { noteId } from '#blackboard/peers/notes.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';

export interface CardContext {
  files: Files;
  root: string;
  clock: Pick<Clock, 'nowMs'>;
  /** Where the agent's events are told. Absent: in its events.jsonl alone. */
  emit?(event: BodyOf<'card.asked'> | BodyOf<'card.ended'>): Promise<void>;
}

/** The key of the note that asks the operator. */
export const cardNoteKey = ({ id }: Pick<Card, 'id'>): string[] => ['card', id];

/** The card's end, and whether it was this one. Durable when it returns; repeatable. */
export async function closeCard(
  context: CardContext,
  card: Card,
  end: CardEnd,
): Promise<{ isFirst: boolean; end: CardEnd }> {
  const { files, root, clock } = context;
  const ended = await endCard(files, root, card.id, end);
  if (ended.isFirst) await tell(context, card, ended.end);
  const inbox = inboxLayout(rootLayout(root).operator);
  const place = await locate(files, inbox, noteId(OPERATOR, cardNoteKey(card), ''));
  if (place?.state === 'new') await ackRead(files, inbox, place, false, clock.nowMs());
  return ended;
}

/** Where the one that asks is told what comes in. */
export const askerInbox = (root: string, { peer, session }: Pick<Card, 'peer' | 'session'>): Inbox =>
  session === undefined ? agentLayout(root, peer).inbox : sessionLayout(root, session).inbox;

async function tell({ files, root, emit }: CardContext, card: Card, end: CardEnd): Promise<void> {
  const { id, turn, tool } = card;
  const event = { type: 'card.ended' as const, id, turn, tool, how: end.kind, text: cardEndWords(end) };
  if (emit) await emit(event);
  else await recordEvents(files, askerInbox(root, card), end.at, event);
}

/** Nobody waits for these any more. */
export async function withdrawCards(
  context: CardContext,
  isMeant: (card: Card) => boolean,
  reason: string,
): Promise<void> {
  const at = new Date(context.clock.nowMs()).toISOString();
  for (const card of (await waitingCards(context.files, context.root)).filter(isMeant))
    await closeCard(context, card, { kind: 'withdrawn', at, reason });
}

/** Ends those whose time is over and for which no runner has waited. */
export async function expireCards(context: CardContext): Promise<void> {
  for (const card of await waitingCards(context.files, context.root))
    if (isOverdue(card, context.clock.nowMs())) await closeCard(context, card, { kind: 'expired', at: card.untilAt });
}
