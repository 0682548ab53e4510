/** Withdraws the cards that nobody waits for after a turn. */
import type { Card } from '#blackboard/cards/card.ts';
import { withdrawCards } from '#blackboard/cards/close-card.ts';
import type { Ended } from '#blackboard/turns/turn-records.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';

/** The cards of work that will not be done again; those of other messages wait on. */
export async function withdrawAfter(context: AgentContext, ended: Ended): Promise<void> {
  const over = new Set(ended.messages.flatMap(({ id, disposition }) => (disposition.do === 'release' ? [] : [id])));
  const isOver = ({ peer, session, message, turn }: Card): boolean =>
    session === undefined &&
    peer === context.layout.name &&
    (message === null ? turn <= ended.turn : over.has(message));
  await withdrawCards(context, isOver, 'its turn is over');
}
