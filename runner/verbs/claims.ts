/** Who works on what: all claims that stand, oldest first. */
import { standingClaims } from '#blackboard/claims/claiming.ts';
import type { Claims } from '#runner/results/claims.ts';
import { selfAsOwner, shownClaim } from '#runner/verbs/claimed-thing.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export async function claims(context: VerbContext): Promise<Claims> {
  const { owner } = await selfAsOwner(context);
  const standing = await standingClaims(context.files, context.root, Date.now());
  return Promise.all(standing.map(each => shownClaim(context, each, owner)));
}
