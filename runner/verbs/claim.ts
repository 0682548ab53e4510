/** Claims an entry, a key or paths: exactly one of any number of callers has it, until it gives it back, is gone, or its time is over. */
import { takeClaim } from '#blackboard/claims/claiming.ts';
import type { ClaimResult } from '#runner/results/claims.ts';
import { selfAsOwner, shownClaim, type ThingInput, thingsMeant, ttlOf } from '#runner/verbs/claimed-thing.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export interface ClaimInput extends ThingInput {
  /** `90s`, `30m`, `2h`; at most 7 days. Without it: 30 minutes. */
  ttl?: string | undefined;
  /** Extends one's own claim from now on; without it nobody claims a thing twice. */
  renew?: boolean | undefined;
}

/** Throws 64 for wrong input, 66 for no such entry, 77 where too many claims stand. */
export async function claim(context: VerbContext, input: ClaimInput): Promise<ClaimResult> {
  const { files, root } = context;
  const ttlMs = ttlOf(input.ttl);
  const [thing] = await thingsMeant(context, input);
  const self = await selfAsOwner(context);
  const renews = input.renew === true;
  const taken = await takeClaim(files, root, { thing: thing!, ...self, ttlMs, nowMs: Date.now(), renews });
  return { state: taken.kind, claim: await shownClaim(context, taken.claim, self.owner) };
}
