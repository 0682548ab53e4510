/** A line of events.jsonl, read back. What is torn, of another shape or of a type that this version does not know is null. */
import { z } from 'zod';
import type { Event, EventType } from '#blackboard/events/event.ts';

const text = z.string();
const count = z.number();
const maybeText = z.string().nullable();
const maybeCount = z.number().nullable();
const turn = { turn: count };

const signals = z.array(z.object({ signal: text, path: maybeText, source: text })).nullable();
const startedMessages = z.array(
  z.object({
    id: text,
    from: text,
    kind: text,
    mode: z.enum(['body', 'check', 'interrupted']),
    rider: z.boolean(),
    text,
  }),
);
const settledMessages = z.array(z.object({ id: text, became: z.enum(['replied', 'done', 'waiting', 'dead']) }));

/** `isCut`: its texts and lists are shortened, so that its line fits 4 KiB. */
const envelope = { at: text, peer: maybeText, isCut: z.boolean().optional() };

const eventOf = <Type extends EventType, Fields extends z.ZodRawShape>(type: Type, fields: Fields) =>
  z.object({ ...envelope, type: z.literal(type), ...fields });

/** Of one event, by its type. */
export const eventShape = z.discriminatedUnion('type', [
  eventOf('turn.elected', { ...turn }),
  eventOf('turn.started', {
    ...turn,
    kind: text,
    sessionId: text,
    resumed: z.boolean(),
    begunAt: text,
    bySignal: z.boolean(),
    signals,
    messages: startedMessages,
  }),
  eventOf('turn.text', { ...turn, text }),
  eventOf('turn.tool', { ...turn, tool: text, input: text }),
  eventOf('turn.toolFailed', { ...turn, text }),
  eventOf('turn.retried', { ...turn, attempt: count, status: maybeCount, reason: text, waitMs: count }),
  eventOf('turn.denied', { ...turn, tool: text, input: text }),
  eventOf('turn.ended', {
    ...turn,
    kind: maybeText,
    bySignal: z.boolean(),
    askers: z.array(text),
    verdict: text,
    reason: maybeText,
    costUsd: count,
    reportedUsd: maybeCount,
    seconds: maybeCount,
    cacheReadTokens: count,
    cacheWrittenTokens: count,
    cacheMissed: z.boolean(),
    messages: settledMessages,
  }),
  eventOf('message.queued', { id: text, from: text, kind: text, dueAt: maybeText }),
  eventOf('message.claimed', { id: text, ...turn }),
  eventOf('message.replied', { id: text, ...turn, reply: maybeText }),
  eventOf('message.done', { id: text, ...turn }),
  eventOf('message.released', { id: text, ...turn }),
  eventOf('message.buried', { id: text, turn: maybeCount, reason: text }),
  eventOf('agent.parked', { code: text, reason: text, untilAt: maybeText }),
  eventOf('agent.resumed', { code: text }),
  eventOf('agent.held', { reason: text }),
  eventOf('agent.faulted', { problem: text }),
  eventOf('agent.recovered', { problem: text }),
  eventOf('signal.taken', { id: text, signal: text, path: maybeText, source: text }),
  eventOf('session.appeared', { sessionId: text, cwd: text }),
  eventOf('runner.said', { text }),
]);

export function decodeEvent(line: string): Event | null {
  try {
    const event: Event | undefined = eventShape.safeParse(JSON.parse(line)).data;
    return event && !Number.isNaN(Date.parse(event.at)) ? event : null;
  } catch {
    return null;
  }
}
