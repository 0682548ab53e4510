/** What people are told of cards: a note to the operator, put away once the card has ended, and events. */
import type { Card, CardEnd } from '#blackboard/cards/card.ts';
import { cardCommands, cardEndWords, cardQuestion, cardText } from '#blackboard/cards/card-words.ts';
import { endCard, openCards } from '#blackboard/cards/cards.ts';
import type { EventBody } from '#blackboard/events/event.ts';
import { noteText } from '#blackboard/events/note-text.ts';
import { ackRead } from '#blackboard/inbox/claim.ts';
import { locate } from '#blackboard/inbox/locate.ts';
import { inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { noteId, sendNote } from '#blackboard/peers/notes.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import type { Ended } from '#blackboard/turns/turn-records.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';

const keyOf = ({ id }: Card): string[] => ['card', id];

/** Tells the operator, once. */
export async function askPerson(context: AgentContext, card: Card): Promise<void> {
  const { files, root, clock, layout } = context;
  const event = {
    ...{ type: 'card.asked' as const, id: card.id, turn: card.turn, tool: card.tool },
    ...{
      text: cardQuestion(card),
      details: cardText(card),
      untilAt: card.untilAt,
      mend: cardCommands(card).join('\n'),
    },
  };
  await sendNote({ files, root, clock, layout: { name: layout.name } }, OPERATOR, {
    key: keyOf(card),
    ...(card.message ? { inReplyTo: [card.message] } : {}),
    body: noteText(layout.name, event, clock.nowMs()),
  });
  await context.emit(event);
}

/** The card has ended: its note asks nothing any more, and is put away unless it was read before. */
export async function personKnows(
  { files, root, clock }: Pick<AgentContext, 'files' | 'root' | 'clock'>,
  card: Card,
): Promise<void> {
  const inbox = inboxLayout(rootLayout(root).operator);
  const place = await locate(files, inbox, noteId(OPERATOR, keyOf(card), ''));
  if (place?.state === 'new') await ackRead(files, inbox, place, false, clock.nowMs());
}

export const cardEndEvent = ({ id, turn, tool }: Card, end: CardEnd): EventBody => ({
  type: 'card.ended',
  id,
  turn,
  tool,
  how: end.kind,
  text: cardEndWords(end),
});

/** After a turn: the cards of work that will not be done again wait for nobody. */
export async function withdrawCards(context: AgentContext, ended: Ended): Promise<void> {
  const { files, root, layout, clock } = context;
  const again = new Set(ended.messages.flatMap(({ id, disposition }) => (disposition.do === 'release' ? [id] : [])));
  const mine = (await openCards(files, root, clock.nowMs())).filter(({ peer }) => peer === layout.name);
  for (const card of mine) {
    if (card.message !== null && (again.has(card.message) || !isOf(ended, card.message))) continue;
    if (card.message === null && card.turn > ended.turn) continue;
    const at = new Date(clock.nowMs()).toISOString();
    const { isFirst, end } = await endCard(files, root, card.id, { kind: 'withdrawn', at, reason: 'its turn is over' });
    if (isFirst) void context.emit(cardEndEvent(card, end));
    await personKnows(context, card);
  }
}

const isOf = ({ messages }: Ended, message: string): boolean => messages.some(({ id }) => id === message);
