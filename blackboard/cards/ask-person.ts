/** Asks the operator what a card asks, once, and has each session tell of it with its next prompt. Repeatable. */
import { removeMarks } from '#blackboard/board/nothing-new.ts';
import type { Card } from '#blackboard/cards/card.ts';
import { cardCommands, cardQuestion, cardText } from '#blackboard/cards/card-words.ts';
import { askerInbox, type CardContext, cardNoteKey } from '#blackboard/cards/close-card.ts';
import { noteText } from '#blackboard/events/note-text.ts';
import { recordEvents } from '#blackboard/events/record-events.ts';
import { boardLayout } from '#blackboard/layout.ts';
import { sendNote } from '#blackboard/peers/notes.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';

export async function askPerson({ files, root, clock, emit }: CardContext, card: Card): Promise<void> {
  const event = {
    ...{ type: 'card.asked' as const, id: card.id, turn: card.turn, tool: card.tool, text: cardQuestion(card) },
    ...{ details: cardText(card), untilAt: card.untilAt, mend: cardCommands(card).join('\n') },
  };
  await sendNote({ files, root, clock, layout: { name: card.peer } }, OPERATOR, {
    key: cardNoteKey(card),
    ...(card.message ? { inReplyTo: [card.message] } : {}),
    body: noteText(card.peer, event, clock.nowMs()),
  });
  await removeMarks(files, boardLayout(root));
  if (emit) await emit(event);
  else await recordEvents(files, askerInbox(root, card), card.at, event);
}
