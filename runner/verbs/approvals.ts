/** What waits for a person: cards, and questions in the operator's inbox. Anybody may look. */
import { openAsked } from '#blackboard/cards/open-asked.ts';
import type { Approvals } from '#runner/results/cards.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** The oldest first. */
export const approvals = ({ files, root }: Pick<VerbContext, 'files' | 'root'>): Promise<Approvals> =>
  openAsked(files, root, Date.now());
