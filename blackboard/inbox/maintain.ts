/** Maintains an inbox without an agent's loop: a session's, for its hooks, or the operator's. */

import { adoptUnplaced } from '#blackboard/inbox/deliver.ts';
import { listDrops, listTakenDrops } from '#blackboard/inbox/drops.ts';
import { type Later, releaseDue } from '#blackboard/inbox/release-due.ts';
import type { Sightings } from '#blackboard/inbox/stability.ts';
import type { Settled } from '#blackboard/inbox/take-drops.ts';
import type { Inbox } from '#blackboard/layout.ts';
import { readListing } from '#blackboard/messages/message-name.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

export interface Tidied extends Settled {
  /** Messages that are not due yet. */
  later: Later;
}

/**
 * Finishes interrupted deliveries, takes drops, releases what is due. Without `sightings` the caller looks only once,
 * and the time since a drop's mtime counts. `atOnce`: how many drops are taken in one call. The code for drops reads
 * YAML, so hooks have it as a separate file (scripts/build.mjs), which is loaded only when there is a drop.
 */
export async function tidyInbox(
  files: Files,
  inbox: Inbox,
  clock: Clock,
  sightings?: Sightings,
  atOnce?: number,
): Promise<Tidied> {
  await adoptUnplaced(files, inbox, mtimeMs => clock.nowMs() - mtimeMs > limits.unplacedRestMs);
  const settled = await settleDrops(files, inbox, clock, sightings, atOnce);
  return { later: await releaseDue(files, inbox, clock.nowMs()), ...settled };
}

/** Loads the code for drops if there is one; a caller with little time starts counting after this. */
export async function loadSettling(files: Files, inbox: Inbox): Promise<void> {
  if ((await listDrops(files, inbox)).length + (await listTakenDrops(files, inbox)).length > 0)
    await import('#blackboard/inbox/settle-drops.ts');
}

async function settleDrops(
  files: Files,
  inbox: Inbox,
  clock: Clock,
  sightings?: Sightings,
  atOnce?: number,
): Promise<Settled> {
  const { foreign } = readListing(await files.list(inbox.new));
  const drops = [...(await listDrops(files, inbox)), ...(await listTakenDrops(files, inbox)), ...foreign];
  if (drops.length === 0) return { taken: 0, unstable: false, left: [] };
  const { settle } = await import('#blackboard/inbox/settle-drops.ts');
  return settle(files, inbox, clock, sightings ?? new Map(), { once: sightings === undefined, atOnce });
}
