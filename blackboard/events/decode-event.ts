/**
 * What happens, as data: one union of events for everybody who shows it (transcript.log, runner.log, `start` in the foreground,
 * notes, `agent-runner events`), and a line of events.jsonl, read back. An event is written after what it tells of is on disk. It
 * is a convenience: after a crash some may be missing, some may be there twice, and nothing is ever decided by them.
 */
import { z } from 'zod';

const text = z.string();
const count = z.number();
const maybeText = z.string().nullable();
const maybeCount = z.number().nullable();
/** The number of the agent's turn. */
const turn = { turn: count };
/** null: no turn worked on it (a session's and the operator's messages, what was cancelled while it waited). */
const maybeTurn = { turn: maybeCount };

const signals = z.array(z.object({ signal: text, path: maybeText, source: text })).nullable();
const startedMessage = z.object({
  id: text,
  from: text,
  kind: text,
  /** How it stands in the prompt: in full · with a warning · it is in the conversation already · and so is what a person has decided. */
  mode: z.enum(['body', 'check', 'interrupted', 'decided']),
  /** It only goes along. */
  rider: z.boolean(),
  /** Subject and body, or their beginning; empty: it could not be read. */
  text,
});
const settledMessage = z.object({ id: text, became: z.enum(['replied', 'done', 'waiting', 'dead']) });

/** `isCut`: its texts and lists are shortened, so that its line fits 4 KiB. */
const envelope = { at: text, peer: maybeText, isCut: z.boolean().optional() };

const eventOf = <const Type extends string, Fields extends z.ZodRawShape>(type: Type, fields: Fields) =>
  z.object({ ...envelope, type: z.literal(type), ...fields });

/** Of one event, by its type. */
export const eventShape = z.discriminatedUnion('type', [
  /** A turn has its number, and nothing else yet. */
  eventOf('turn.elected', { ...turn }),
  /** Its claude runs. `begunAt`: when its intent was written. `bySignal`: no message started it; `signals` null: none had a part in it. */
  eventOf('turn.started', {
    ...turn,
    kind: text,
    sessionId: text,
    resumed: z.boolean(),
    begunAt: text,
    bySignal: z.boolean(),
    signals,
    messages: z.array(startedMessage),
  }),
  /** A runner before this one left it, and its claude still runs: it is waited for until then. */
  eventOf('turn.left', { ...turn, pid: count, untilAt: text }),
  /** Processes that it had left running were ended. */
  eventOf('turn.cleared', { ...turn, count }),
  /** The model said something. */
  eventOf('turn.text', { ...turn, text }),
  /** It calls a tool. `input`: JSON, or a text. */
  eventOf('turn.tool', { ...turn, tool: text, input: text }),
  eventOf('turn.toolFailed', { ...turn, text }),
  /** The API did not answer, and is asked again. `status`: of HTTP; null: there was none. */
  eventOf('turn.retried', { ...turn, attempt: count, status: maybeCount, reason: text, waitMs: count }),
  /** A tool call was refused. `asker`: whom the turn worked for; absent: nobody, or an earlier version wrote the line. */
  eventOf('turn.denied', { ...turn, tool: text, input: text, asker: text.optional() }),
  /**
   * `kind`: of its intent; null: it has none. `askers`: who asked. `reason` null: it answered. `seconds` null: no claude was started.
   * `reportedUsd`: what claude said, where it is not believed.
   */
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
    messages: z.array(settledMessage),
  }),
  /** It lies in the peer's inbox. `dueAt`: not before then. */
  eventOf('message.queued', { id: text, from: text, kind: text, dueAt: maybeText }),
  /** It was for later, and is due. */
  eventOf('message.due', { id: text }),
  /** A turn has taken it up, or a session is shown it. */
  eventOf('message.claimed', { id: text, ...maybeTurn }),
  /** `reply`: the id of the message that the sender got. */
  eventOf('message.replied', { id: text, ...maybeTurn, reply: maybeText }),
  /** Nobody waited for an answer. */
  eventOf('message.done', { id: text, ...turn }),
  /** Its reader, a session or a person, has put it away as read. */
  eventOf('message.acked', { id: text }),
  /** It waits again: for another turn, or to be shown once more. */
  eventOf('message.released', { id: text, ...maybeTurn }),
  /** It is dead. `from`: absent in lines of earlier versions. `isFinal`: its inbox is gone, and it cannot be requeued. */
  eventOf('message.buried', {
    id: text,
    ...maybeTurn,
    reason: text,
    from: text.optional(),
    isFinal: z.boolean().optional(),
  }),
  /** It had another outcome before (null: one that cannot be read), and that stands. */
  eventOf('message.disputed', { id: text, ...turn, outcome: text, before: maybeText }),
  /** It was dead, and waits again. */
  eventOf('message.requeued', { id: text, by: text }),
  /** It, or what was dropped and had this id, was dead, and is removed for good. What retention removes is told nowhere. */
  eventOf('message.purged', { id: text, by: text }),
  /** A turn waits for a person's answer. `text`: what is asked; `mend`: the commands that answer it. */
  eventOf('card.asked', { id: text, ...turn, tool: text, text, details: text, untilAt: text, mend: text }),
  /** `how`: allowed, answered, denied, expired, withdrawn. */
  eventOf('card.ended', { id: text, ...turn, tool: text, how: text, text }),
  /** The turn that waited was given that end. A card that was withdrawn is given to none. */
  eventOf('card.given', { id: text, ...turn, tool: text, text }),
  /** It works on that, and others keep off it. `what`: `path …`, `key …` or `entry …`. A renewal is told nowhere. */
  eventOf('claim.taken', { what: text, untilAt: text }),
  /** `by`: the owner's id, or the operator. */
  eventOf('claim.released', { what: text, by: text }),
  /** Told by the next one that looks through the claims. */
  eventOf('claim.expired', { what: text, reason: text }),
  /** It starts no turns until `untilAt`, or (null) until a person resumes it. `mend`: absent in lines of earlier versions. */
  eventOf('agent.parked', { code: text, reason: text, untilAt: maybeText, mend: text.optional() }),
  eventOf('agent.resumed', { code: text }),
  /** Something waits for it, and this is why it does nothing. */
  eventOf('agent.held', { reason: text }),
  /** Its agent.md (`mend` null), or what that names, keeps it from its work until a person mends it. */
  eventOf('agent.stuck', { problem: text, mend: maybeText }),
  /** It cannot be looked after (without an agent: nobody can). */
  eventOf('agent.faulted', { problem: text, mend: maybeText }),
  eventOf('agent.recovered', { problem: text, sinceAt: text }),
  /** With --once: what of it is not done. */
  eventOf('agent.skipped', { reason: text }),
  /** A part of it does not work (null: nothing does, and a person can mend it); without a peer a part of the runner. */
  eventOf('part.failed', { part: maybeText, problem: text }),
  eventOf('part.recovered', { part: maybeText }),
  /** What was dropped for it, or for the board, can neither be taken nor put aside; `others`: how many more there are. */
  eventOf('drop.left', {
    name: text,
    path: text,
    kind: z.enum(['file', 'directory', 'other']),
    errno: text,
    others: count,
  }),
  /** It was no message, or no entry of the board. `file`: its name among the dead. `path`: absent in lines of earlier versions. */
  eventOf('drop.buried', { name: text, file: text, reason: text, path: text.optional() }),
  /** It was dead, and lies in the inbox again, as `path`. */
  eventOf('drop.returned', { name: text, path: text }),
  /** A signal was taken: it starts a turn, or is told with the next prompt. */
  eventOf('signal.taken', { id: text, signal: text, path: maybeText, source: text }),
  /** No more of them start turns today: an agent's have cost `usd`, a session's were `turns`. */
  eventOf('signals.spent', { usd: maybeCount, turns: maybeCount }),
  /** An interactive session has become a peer. */
  eventOf('session.appeared', { sessionId: text, cwd: text }),
  /** Its process is gone, or goes on as another session. */
  eventOf('session.ended', { sessionId: text }),
  /** It watches. `agents` null: that cannot be told. */
  eventOf('runner.started', { pid: count, root: text, once: z.boolean(), agents: maybeCount }),
  /** By a signal; turns that run have `graceMs` (null: none). */
  eventOf('runner.stopping', { signal: text, graceMs: maybeCount }),
  eventOf('runner.ended', { pid: count }),
]);

export type EventOfShape = z.infer<typeof eventShape>;
export type StartedOfShape = z.infer<typeof startedMessage>;
export type SettledOfShape = z.infer<typeof settledMessage>;

/** What is torn, of another shape or of a type that this version does not know is null. */
export function decodeEvent(line: string): EventOfShape | null {
  try {
    const event = eventShape.safeParse(JSON.parse(line)).data;
    return event && !Number.isNaN(Date.parse(event.at)) ? event : null;
  } catch {
    return null;
  }
}
