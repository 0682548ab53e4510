/** Tells what became of claims, once the change that made it so is on the disk: an event of the owner's for each. */
import { type Claim, nameOf, type Owner } from '#blackboard/claims/claim.ts';
import type { BodyOf } from '#blackboard/events/event.ts';
import { type EventSink, recordEvents } from '#blackboard/events/record-events.ts';
import { agentLayout, inboxLayout, rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { isAgent } from '#blackboard/peers/agent.ts';
import type { Files } from '#blackboard/system/files.ts';

export interface ToldClaim {
  owner: Owner;
  event: BodyOf<'claim.taken'> | BodyOf<'claim.released'> | BodyOf<'claim.expired'>;
}

export const takenClaim = ({ owner, thing, until }: Claim): ToldClaim => ({
  owner,
  event: { type: 'claim.taken', what: nameOf(thing), untilAt: until },
});

/** `by`: who gave it back. */
export const releasedClaim = ({ owner, thing }: Claim, by: Owner): ToldClaim => ({
  owner,
  event: { type: 'claim.released', what: nameOf(thing), by: by.id },
});

export const expiredClaim = ({ owner, thing, until }: Claim, nowMs: number): ToldClaim => ({
  owner,
  event: {
    ...{ type: 'claim.expired', what: nameOf(thing) },
    reason: Date.parse(until) <= nowMs ? 'its time is over' : 'its owner is gone',
  },
});

export async function tellClaims(
  files: Files,
  root: string,
  nowMs: number,
  told: readonly ToldClaim[] = [],
): Promise<void> {
  const at = new Date(nowMs).toISOString();
  for (const { owner, event } of told) await recordEvents(files, await sinkOf(files, root, owner), at, event);
}

async function sinkOf(files: Files, root: string, { kind, id }: Owner): Promise<EventSink> {
  if (kind === 'operator') return inboxLayout(rootLayout(root).operator);
  if (kind === 'session') return sessionLayout(root, id).inbox;
  // One that was removed has no events any more.
  const isThere = await isAgent(files, root, id).catch(() => false);
  return isThere ? agentLayout(root, id).inbox : { peer: id, events: rootLayout(root).events };
}
