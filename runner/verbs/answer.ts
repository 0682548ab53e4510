/** A person answers the questions of a card. */
import type { CardQuestion } from '#blackboard/cards/card.ts';
import { usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import type { Decided } from '#runner/results/cards.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { openCard } from '#runner/verbs/decide-card.ts';

/**
 * `answers`: one for each question, in their order: the number of an option, its label, or words of the person's own;
 * several with commas, where several may be chosen. Throws 64 if there are more or fewer, or one says nothing; otherwise
 * as `openCard`.
 */
export async function answer(
  context: VerbContext,
  { id, answers, word = null }: { id: string; answers: readonly string[]; word?: string | null },
): Promise<Decided> {
  const { card, by, at, decide } = await openCard(context, 'answer', id, word);
  const shown = shortId(card.id);
  if (card.kind !== 'question')
    throw usageError(`card ${shown} asks for a permission`, `agent-runner approve ${shown}, or deny ${shown}`);
  if (answers.length !== card.questions.length)
    throw usageError(
      `card ${shown} asks ${card.questions.length} questions: expected as many answers, found ${answers.length}`,
      'Each is one argument: put an answer of several words in quotes.',
    );
  const chosen = card.questions.map((question, at) => [question.question, chosenOf(question, answers[at]!)] as const);
  return decide({ kind: 'answered', at, by, answers: Object.fromEntries(chosen) });
}

function chosenOf({ question, options, several }: CardQuestion, typed: string): string {
  const words = typed.trim();
  if (words === '' || words.length > limits.cardTextCharsMax)
    throw usageError(
      `expected an answer of 1 to ${limits.cardTextCharsMax} characters to ${JSON.stringify(question.slice(0, 80))}`,
    );
  if (options.length === 0) return words;
  const parts = several ? words.split(',').map(part => part.trim()) : [words];
  const isAllNumbers = parts.every(part => /^\d{1,2}$/.test(part));
  if (!isAllNumbers) return words;
  return parts
    .map(part => {
      const option = options[Number(part) - 1];
      if (option) return option.label;
      throw usageError(
        `there is no option ${part}: expected 1 to ${options.length}, or words of your own`,
        'The options: agent-runner approvals',
      );
    })
    .join(', ');
}
