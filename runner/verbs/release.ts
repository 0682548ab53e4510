/** Gives a claim back. Only its owner does that, or a person. */
import { thingText } from '#blackboard/claims/claim.ts';
import { releaseClaim } from '#blackboard/claims/claiming.ts';
import { notSoError, refusedError } from '#blackboard/system/errors.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Release } from '#runner/results/claims.ts';
import { selfAsOwner, shownClaim, type ThingInput, thingsMeant } from '#runner/verbs/claimed-thing.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** Throws 1 where it is not claimed, 64 for wrong input, 66 for no such entry, 77 for somebody else's. */
export async function release(context: VerbContext, input: ThingInput): Promise<Release> {
  const { files, root } = context;
  const things = await thingsMeant(context, input);
  const { owner } = await selfAsOwner(context);
  const done = await releaseClaim(files, root, { things, owner, nowMs: Date.now() });
  if (done.kind === 'none')
    throw notSoError(`nobody has claimed ${printableLine(thingText(things[0]!))}`, 'See: agent-runner claims');
  const shown = await shownClaim(context, done.claim, owner);
  if (done.kind === 'others')
    throw refusedError(
      `${printableLine(thingText(done.claim.thing))} is claimed by ${shown.by}`,
      `It ends at ${shown.until}. To have it earlier: agent-runner send ${shown.by} "…"`,
    );
  return { released: shown };
}
