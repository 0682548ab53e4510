/** What has happened, event by event, and what comes: the last events of one peer or of all, then each new one. */
import type { Event } from '#blackboard/events/event.ts';
import { requirePeer } from '#blackboard/peers/peers.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { limits } from '#blackboard/system/limits.ts';
import { openEventLog } from '#runner/events/event-log.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export interface EventsOrder {
  /** An agent, a session or the operator; null: of all, and of no one. */
  name: string | null;
  /** Unix milliseconds; null: everything that is kept. */
  sinceMs: number | null;
  /** At most this many past events. */
  lastMax: number;
}

/** `follow`: goes on with what comes until it is aborted; null: ends with what there is. Throws 66 where there is no such peer. */
export async function* events(
  { files, root }: VerbContext,
  { name, sinceMs, lastMax }: EventsOrder,
  follow: AbortSignal | null,
): AsyncGenerator<Event> {
  const of = name === null ? null : (await requirePeer(files, root, name)).inbox;
  // What is older than `sinceMs` is left out before the last ones are chosen, so all of it is read.
  using log = openEventLog(files, root, of, sinceMs === null ? lastMax : Number.POSITIVE_INFINITY);
  const known = (await log.look()).filter(({ at }) => sinceMs === null || Date.parse(at) >= sinceMs);
  if (lastMax > 0) yield* known.slice(-lastMax);
  while (follow && !follow.aborted) {
    await systemClock.sleep(limits.eventsLookMs, follow);
    yield* await log.look();
  }
}
