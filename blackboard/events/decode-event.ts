/** A line of events.jsonl, read back. What is torn, of another shape or of a type that this version does not know is null. */
import { z } from 'zod';
import type { Event } from '#blackboard/events/event.ts';

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

const body = z.discriminatedUnion('type', [
  z.object({ type: z.literal('turn.elected'), ...turn }),
  z.object({
    type: z.literal('turn.started'),
    ...turn,
    kind: text,
    sessionId: text,
    resumed: z.boolean(),
    begunAt: text,
    bySignal: z.boolean(),
    signals,
    messages: startedMessages,
  }),
  z.object({ type: z.literal('turn.text'), ...turn, text }),
  z.object({ type: z.literal('turn.tool'), ...turn, tool: text, input: text }),
  z.object({ type: z.literal('turn.toolFailed'), ...turn, text }),
  z.object({
    type: z.literal('turn.retried'),
    ...turn,
    attempt: count,
    status: maybeCount,
    reason: text,
    waitMs: count,
  }),
  z.object({ type: z.literal('turn.denied'), ...turn, tool: text, input: text }),
  z.object({
    type: z.literal('turn.ended'),
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
  z.object({ type: z.literal('message.queued'), id: text, from: text, kind: text, dueAt: maybeText }),
  z.object({ type: z.literal('message.claimed'), id: text, ...turn }),
  z.object({ type: z.literal('message.replied'), id: text, ...turn, reply: maybeText }),
  z.object({ type: z.literal('message.done'), id: text, ...turn }),
  z.object({ type: z.literal('message.released'), id: text, ...turn }),
  z.object({ type: z.literal('message.buried'), id: text, ...turn, reason: text }),
  z.object({ type: z.literal('agent.parked'), code: text, reason: text, untilAt: maybeText }),
  z.object({ type: z.literal('agent.resumed'), code: text }),
  z.object({ type: z.literal('agent.held'), reason: text }),
  z.object({ type: z.literal('agent.faulted'), problem: text }),
  z.object({ type: z.literal('agent.recovered'), problem: text }),
  z.object({ type: z.literal('signal.taken'), id: text, signal: text, path: maybeText, source: text }),
  z.object({ type: z.literal('session.appeared'), sessionId: text, cwd: text }),
  z.object({ type: z.literal('runner.said'), text }),
]);
const envelope = z.object({
  at: text.refine(at => !Number.isNaN(Date.parse(at))),
  peer: maybeText,
  isCut: z.literal(true).optional(),
});
const event = z.intersection(envelope, body);

export function decodeEvent(line: string): Event | null {
  try {
    // Both ways: the types of event.ts are what is written here.
    return (event.safeParse(JSON.parse(line)).data ?? null) as Event | null;
  } catch {
    return null;
  }
}
