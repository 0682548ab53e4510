/** A person allows what a card asks for. */

import { refusedError, usageError } from '#blackboard/system/errors.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import type { Decided } from '#runner/results/cards.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { openCard } from '#runner/verbs/decide-card.ts';

/**
 * `always`: calls like this one run unasked from now on, by the rules that claude suggests; throws 77 where it suggests
 * none, or a button was pressed. Throws 64 for a card that asks for an answer; otherwise as `openCard`.
 */
export async function approve(
  context: VerbContext,
  { id, always, word = null }: { id: string; always: boolean; word?: string | null },
): Promise<Decided> {
  if (always && word !== null)
    throw refusedError('a button allows one call, and never more', 'Use --always in a terminal of yours.');
  const { card, by, at, decide } = await openCard(context, 'approve', id, word);
  if (card.kind === 'question')
    throw usageError(
      `card ${shortId(card.id)} asks a question`,
      `agent-runner answer ${shortId(card.id)} <number or text>`,
    );
  if (always && card.rules.length === 0)
    throw refusedError(
      `claude suggests no rule for this call of ${card.tool}, so there is nothing that could hold for good`,
      `Allow this one: agent-runner approve ${shortId(card.id)}`,
    );
  return decide({ kind: 'allowed', at, by, always });
}
