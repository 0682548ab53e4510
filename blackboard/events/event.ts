/**
 * What happens, as data: one union of events for everybody who shows it (transcript.log, runner.log, `start` in the foreground,
 * `agent-runner events`). An event is written after what it tells of is on disk. It is a convenience: after a crash some may be
 * missing, some may be there twice, and nothing is ever decided by them.
 */

/** A message that a turn is about. */
export interface StartedMessage {
  id: string;
  from: string;
  kind: string;
  /** How it stands in the prompt: in full · with a warning · it is in the conversation already. */
  mode: 'body' | 'check' | 'interrupted';
  /** It only goes along. */
  rider: boolean;
  /** Subject and body, or their beginning; empty: it could not be read. */
  text: string;
}

/** A signal that a turn is about. */
export interface StartedSignal {
  signal: string;
  path: string | null;
  source: string;
}

/** What became of a message after its turn. */
export interface SettledMessage {
  id: string;
  became: 'replied' | 'done' | 'waiting' | 'dead';
}

/** What happened. `turn`: the number of the agent's turn. */
export type EventBody =
  /** A turn has its number, and nothing else yet. */
  | { type: 'turn.elected'; turn: number }
  /** Its claude runs. `bySignal`: no message started it; `signals` null: none had a part in it. */
  | {
      type: 'turn.started';
      turn: number;
      kind: string;
      sessionId: string;
      resumed: boolean;
      /** When its intent was written. */
      begunAt: string;
      bySignal: boolean;
      signals: StartedSignal[] | null;
      messages: StartedMessage[];
    }
  /** The model said something. */
  | { type: 'turn.text'; turn: number; text: string }
  /** It calls a tool. `input`: JSON, or a text. */
  | { type: 'turn.tool'; turn: number; tool: string; input: string }
  | { type: 'turn.toolFailed'; turn: number; text: string }
  /** The API did not answer, and is asked again. `status`: of HTTP; null: there was none. */
  | { type: 'turn.retried'; turn: number; attempt: number; status: number | null; reason: string; waitMs: number }
  /** A tool call was refused. */
  | { type: 'turn.denied'; turn: number; tool: string; input: string }
  /** `reason` null: it answered. `seconds` null: no claude was started. `reportedUsd`: what claude said, where it is not believed. */
  | {
      type: 'turn.ended';
      turn: number;
      /** Of its intent; null: it has none. */
      kind: string | null;
      bySignal: boolean;
      /** Who asked. */
      askers: string[];
      verdict: string;
      reason: string | null;
      costUsd: number;
      reportedUsd: number | null;
      seconds: number | null;
      cacheReadTokens: number;
      cacheWrittenTokens: number;
      cacheMissed: boolean;
      messages: SettledMessage[];
    }
  /** It lies in the peer's inbox. `dueAt`: not before then. */
  | { type: 'message.queued'; id: string; from: string; kind: string; dueAt: string | null }
  /** A turn has taken it up. */
  | { type: 'message.claimed'; id: string; turn: number }
  /** `reply`: the id of the message that the sender got. */
  | { type: 'message.replied'; id: string; turn: number; reply: string | null }
  /** Nobody waited for an answer. */
  | { type: 'message.done'; id: string; turn: number }
  /** It waits for another turn. */
  | { type: 'message.released'; id: string; turn: number }
  /** It is dead. `turn` null: no turn worked on it. */
  | { type: 'message.buried'; id: string; turn: number | null; reason: string }
  /** It starts no turns until `untilAt`, or (null) until a person resumes it. */
  | { type: 'agent.parked'; code: string; reason: string; untilAt: string | null }
  | { type: 'agent.resumed'; code: string }
  /** Something waits for it, and this is why it does nothing. */
  | { type: 'agent.held'; reason: string }
  /** It cannot be looked after (without an agent: nobody can). */
  | { type: 'agent.faulted'; problem: string }
  | { type: 'agent.recovered'; problem: string }
  /** A signal was taken: it starts a turn, or is told with the next prompt. */
  | { type: 'signal.taken'; id: string; signal: string; path: string | null; source: string }
  /** An interactive session has become a peer. */
  | { type: 'session.appeared'; sessionId: string; cwd: string }
  /** Any other sentence of the runner. */
  | { type: 'runner.said'; text: string };

export type EventType = EventBody['type'];

/** `peer`: whose it is (an agent's name, a session's id, operator); null: of no one peer. `isCut`: texts or lists in it were shortened. */
export type Event = { at: string; peer: string | null; isCut?: boolean | undefined } & EventBody;
