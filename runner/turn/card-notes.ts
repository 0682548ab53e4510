/** What a turn does with cards beside waiting for them: asks the operator, and withdraws what nobody waits for after it. */
import { removeMarks } from '#blackboard/board/nothing-new.ts';
import type { Card } from '#blackboard/cards/card.ts';
import { cardCommands, cardQuestion, cardText } from '#blackboard/cards/card-words.ts';
import { cardNoteKey, withdrawCards } from '#blackboard/cards/close-card.ts';
import { noteText } from '#blackboard/events/note-text.ts';
import { boardLayout } from '#blackboard/layout.ts';
import { sendNote } from '#blackboard/peers/notes.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import type { Ended } from '#blackboard/turns/turn-records.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';

/** Tells the operator, once, and each session with its next prompt. */
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
    key: cardNoteKey(card),
    ...(card.message ? { inReplyTo: [card.message] } : {}),
    body: noteText(layout.name, event, clock.nowMs()),
  });
  await removeMarks(files, boardLayout(root));
  await context.emit(event);
}

/** The cards of work that will not be done again; those of other messages wait on. */
export async function withdrawAfter(context: AgentContext, ended: Ended): Promise<void> {
  const over = new Set(ended.messages.flatMap(({ id, disposition }) => (disposition.do === 'release' ? [] : [id])));
  const isOver = ({ peer, message, turn }: Card): boolean =>
    peer === context.layout.name && (message === null ? turn <= ended.turn : over.has(message));
  await withdrawCards(context, isOver, 'its turn is over');
}
