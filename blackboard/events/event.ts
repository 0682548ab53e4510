/** What happens, as the types of the shapes that a line of events.jsonl is read by (decode-event.ts). No code. */
import type { EventOfShape, SettledOfShape, StartedOfShape } from '#blackboard/events/decode-event.ts';

/** `peer`: whose it is (an agent's name, a session's id, operator); null: of no one peer. `isCut`: texts or lists in it were shortened. */
export type Event = EventOfShape;
/** What happened, without when, and to whom. */
export type EventBody = Event extends infer Each
  ? Each extends Event
    ? Omit<Each, 'at' | 'peer' | 'isCut'>
    : never
  : never;
export type EventType = Event['type'];
export type BodyOf<Type extends EventType> = Extract<EventBody, { type: Type }>;
/** A message that a turn is about. */
export type StartedMessage = StartedOfShape;
/** What became of a message after its turn. */
export type SettledMessage = SettledOfShape;
