/** A person refuses what a card asks for. */
import { usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { Decided } from '#runner/results/cards.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { decide, openCard } from '#runner/verbs/decide-card.ts';

/** `reason`: what the model is told. Throws 64 if it is too long; otherwise as `openCard`. */
export async function deny(
  context: VerbContext,
  { id, reason }: { id: string; reason: string | null },
): Promise<Decided> {
  const words =
    reason?.trim() ||
    'The operator refused this call. Do not try it in another way; say what you need, or go on without it.';
  if (words.length > limits.cardTextCharsMax)
    throw usageError(`the reason has ${words.length} characters: expected at most ${limits.cardTextCharsMax}`);
  const { card, by, at } = await openCard(context, 'deny', id);
  return decide(context, card, { kind: 'denied', at, by, reason: words });
}
