/** A person refuses what a card asks for. */
import { ASK } from '#blackboard/cards/card.ts';
import { usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { Decided } from '#runner/results/cards.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { openCard } from '#runner/verbs/decide-card.ts';

/** `reason`: what the model is told. Throws 64 if it is too long; otherwise as `openCard`. */
export async function deny(
  context: VerbContext,
  { id, reason, word = null }: { id: string; reason: string | null; word?: string | null },
): Promise<Decided> {
  const given = reason?.trim() ?? '';
  if (given.length > limits.cardTextCharsMax)
    throw usageError(`the reason has ${given.length} characters: expected at most ${limits.cardTextCharsMax}`);
  const { card, by, at, decide } = await openCard(context, 'deny', id, word);
  return decide({ kind: 'denied', at, by, reason: given || (card.tool === ASK ? UNANSWERED : REFUSED) });
}

const REFUSED = 'The operator refused this call. Do not try it in another way; say what you need, or go on without it.';
const UNANSWERED = 'The operator does not answer this question. Go on without an answer, or say what you need.';
