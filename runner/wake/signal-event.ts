/** A signal that was taken, as an event. Pure. */
import type { EventBody } from '#blackboard/events/event.ts';
import type { SignalRecord } from '#blackboard/signals/pending.ts';

export const signalEvent = ({ id, type, path, source }: SignalRecord): EventBody => ({
  type: 'signal.taken',
  id,
  signal: type,
  path: path ?? null,
  source,
});
