/** A signal that was taken, as an event. Pure. */
import type { Event } from '#blackboard/events/event.ts';
import type { SignalRecord } from '#blackboard/signals/pending.ts';

export const signalEvent = (peer: string, { id, at, type, path, source }: SignalRecord): Event => ({
  at,
  peer,
  type: 'signal.taken',
  id,
  signal: type,
  path: path ?? null,
  source,
});
