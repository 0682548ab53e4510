/** The cards that wait for a person. Anybody may look. */
import { openCards } from '#blackboard/cards/cards.ts';
import type { Approvals } from '#runner/results/cards.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** The oldest first. */
export const approvals = ({ files, root }: Pick<VerbContext, 'files' | 'root'>): Promise<Approvals> =>
  openCards(files, root, Date.now());
