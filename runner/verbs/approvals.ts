/** What waits for a person: cards, and questions in the operator's inbox. Anybody may look. */
import { openCards } from '#blackboard/cards/cards.ts';
import { openQuestions } from '#blackboard/cards/questions.ts';
import type { Approvals } from '#runner/results/cards.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** The oldest first. */
export async function approvals({ files, root }: Pick<VerbContext, 'files' | 'root'>): Promise<Approvals> {
  const asked = [...(await openCards(files, root, Date.now())), ...(await openQuestions(files, root))];
  return asked.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}
