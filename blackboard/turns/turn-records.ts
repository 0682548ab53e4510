/** What a turn records: its intent before anything starts, and how it ended before anything is published. */
import type { Denial } from '#blackboard/messages/denials.ts';
import type { MessageKind } from '#blackboard/messages/message.ts';
import type { SignalRecord } from '#blackboard/signals/pending.ts';

/**
 * How a message appears in the turn's prompt. body: sent in full · check: sent in full, an earlier run may have begun
 * it · interrupted: its body is in the conversation already and is not sent again.
 */
export type PromptMode = 'body' | 'check' | 'interrupted';

export interface IntentMessage {
  id: string;
  /** Its file name in new when it was claimed. */
  name: string;
  from: string;
  /** As in the message's head; absent in records of earlier versions. */
  fromId?: string;
  kind: MessageKind;
  thread: string | null;
  trace: string;
  hops: number;
  /** As in its head: of all that its trace causes. */
  budgetUsd?: number;
  mode: PromptMode;
  /** It only goes along: it starts no turn, wants no reply and counts no attempt. */
  rider: boolean;
  /** USD that earlier turns spent on it. */
  spentUsd: number;
  /** Every nonce under which its body was ever sent to this agent. */
  nonces: string[];
}

/** Written durably before a child can start: from here on recovery knows what may be in the conversation. */
export interface Intent {
  turn: number;
  /**
   * work: on messages · signal: only signals started it · handoff: the session will be replaced and writes a note for
   * its successor · burial: its messages have expired; no child is started · lent: its child is a person's claude, in a terminal.
   */
  kind: 'work' | 'signal' | 'handoff' | 'burial' | 'lent';
  at: string;
  /** The session the turn resumes, or the new one it begins. */
  sessionId: string;
  resume: boolean;
  /** Random, in the prompt: identifies this turn's prompt in the session's transcript. */
  mark: string;
  /** The uuid of the line that claude reads: of this turn alone. Absent: the prompt was fed as text, by an older runner. */
  line?: string;
  /** A resident claude takes the turn: which turn started it, and bytes of that turn's output before this one. */
  resident?: { first: number; from: number; stderrFrom: number };
  /** Bytes of the session's transcript before the turn. */
  transcriptBytes: number;
  /** The session's cumulative cost before the turn, USD. */
  baselineUsd: number;
  messages: IntentMessage[];
  /** Notes about earlier answers that this prompt carries. */
  carry: string[];
  /** The part of the board that this prompt shows: from where (null: a new reader, nothing yet) to where. */
  board: { from: string | null; next: string } | null;
  perTurnUsd: number;
  /** Hops that a message of this turn may have. Absent: written by an older runner. */
  maxHops?: number;
  /** Absent: no signal was involved. */
  signals?: IntentSignals;
  /** The turn brings a person's decision on a call that the session holds; in words for its prompt. */
  decided?: { card: string; words: string } | undefined;
  /** The call that the session holds, decided or not: nothing but a person's yes lets it run. */
  held?: Pick<Deferred, 'call' | 'tool'> | undefined;
}

/** A call that waits for a person while no process does: the session holds it. */
export interface Deferred {
  card: string;
  /** The call's id and its tool. */
  call: string;
  tool: string;
  sessionId: string;
  /** What the turn worked on: these go first. */
  messages: string[];
}

/** The signals of a turn. */
export interface IntentSignals {
  /** No message started it: bypassPermissions does not apply, and its cost counts for the signals' budget. */
  alone: boolean;
  /** The signals this turn handles. */
  taken: IntentSignal[];
}

export interface IntentSignal extends SignalRecord {
  /** Earlier turns of it that were interrupted. */
  interruptions: number;
}

/** What becomes of a signal after its turn: it is over, or it waits again. */
export type SignalFate = { id: string; do: 'consume' } | { id: string; do: 'release'; interruptions: number };

/** What the session has cost and how many turns it had, after a turn. */
export interface SessionState {
  id: string;
  totalUsd: number;
  turns: number;
  /** Tokens of context at the last request; 0 if unknown. */
  contextTokens: number;
  /** Tokens that fit into the model's context. Absent: claude has not said it, or the record is of an earlier version. */
  contextWindow?: number;
  /** Why the session must be replaced before it continues. The next turn asks it for a hand-off note. */
  rotate: { reason: string; attempts: number } | null;
}

/** How a turn ended. One function decides (verdict.ts). */
export type Verdict =
  /** isCut: it was too long for a record; the whole answer is in the turn's `answer`. */
  | { kind: 'answered'; text: string; isCut?: true }
  /** Sealed before a child started: nothing has happened. */
  | { kind: 'void'; reason: string }
  /** Its messages had passed their expiresAt. */
  | { kind: 'expired'; reason: string }
  | { kind: 'interrupted'; reason: string }
  /** A call of it waits for a person. */
  | { kind: 'deferred'; reason: string }
  | { kind: 'failed'; reason: string }
  /** The API or the network; the message is not to blame. */
  | { kind: 'temporary'; reason: string; resetAtMs: number | null }
  | { kind: 'needs-person'; code: 'auth' | 'billing' | 'claude'; reason: string }
  /**
   * claude ended by itself before it asked the model: that says something about claude or the agent's configuration,
   * and nothing about a message; or it asked for a model that the API does not have. `holdAfter`: this many in a row
   * hold the agent.
   */
  | { kind: 'unstarted'; reason: string; holdAfter: number }
  /**
   * The API answered 400. session: in a conversation that it accepted before, which is then replaced · nobody: in the
   * new one as well · message: in a conversation that began with the message.
   */
  | { kind: 'refused'; reason: string; blame: 'session' | 'message' | 'nobody' }
  | { kind: 'over-budget'; reason: string }
  /** fresh: it was the session's first turn, so the message itself is too long. */
  | { kind: 'too-long'; reason: string; fresh: boolean }
  | { kind: 'session-lost'; reason: string }
  /** by: the peer that did it; absent in records of earlier versions. */
  | { kind: 'cancelled'; reason: string; messages: string[] | null; by?: string };

/** Tokens of one turn. */
export interface TurnUsage {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

/**
 * reported: claude's own count · shown: what its stream or the session's transcript shows, at list prices · estimated:
 * it had asked the model, and no answer shows what that cost · nothing: it had not asked a model.
 */
export type CostBasis = 'reported' | 'shown' | 'estimated' | 'nothing';

/** What becomes of one message after the turn. */
export type Disposition =
  | { do: 'ack'; outcome: 'replied' | 'done' }
  | { do: 'release'; name: string }
  | { do: 'bury'; reason: string };

/** What a resident claude did after that turn for nobody of ours. */
export interface Others {
  at: string;
  usd: number;
}

/** Why the agent is to be parked. */
export interface Park {
  code: string;
  reason: string;
  /** It continues by itself at this instant, Unix milliseconds. */
  untilMs?: number;
  /** It continues at once when what its claude is made from differs from this. */
  madeOf?: string;
  /** Part of the key of the operator's note; absent: the turn. */
  occasion?: string;
}

export interface Unstarted {
  /** How many in a row, with the same claude and agent.md. */
  count: number;
  /** The first turn of the row, with any claude. */
  since: number;
  /** What claude was made from; null: not known. */
  madeOf: string | null;
}

/** The decision on a turn: written once, durably, before any of its effects; every finisher follows it. */
export interface Ended {
  turn: number;
  at: string;
  verdict: Verdict;
  messages: { id: string; disposition: Disposition }[];
  /** null after a void turn of an agent without any session. */
  session: SessionState | null;
  costUsd: number;
  /** The basis of costUsd; absent in records of earlier versions. */
  costBasis?: CostBasis;
  /** The cost that claude reported, if it was not believed because its stream shows much more. */
  reportedUsd?: number;
  /** The certain part of it, which counts for its messages' budgets. */
  blamedUsd: number;
  usage: TurnUsage;
  /** A resumed turn wrote nearly its whole context to the prompt cache again: something caused a miss. */
  cacheMissed: boolean;
  /** claude said that it began with the turn's line: something of it may be done. */
  begun?: true;
  /**
   * The last turn that a resident claude ran, this one or, where this one never ran, an earlier one; and the bytes of its
   * output that the decision on that counted, from the file's beginning.
   */
  heard?: { turn: number; bytes: number };
  /** The user's calendar day that the cost belongs to. */
  day: string;
  startedAt: string | null;
  denials: Denial[];
  /** No turn before this instant, Unix milliseconds. */
  retryAtMs: number | null;
  /** Consecutive temporary failures. */
  backoffLevel: number;
  park: Park | null;
  /**
   * How many turns in a row, including this one, in which claude ended before it asked the model. Absent: not this one.
   */
  unstarted?: Unstarted;
  /** The conversation was replaced because the API refused it, and nothing has worked since. */
  afterRefusal?: true;
  /** Absent: no call waits for a person. */
  deferred?: Deferred;
  /** Notes for the next prompt. */
  carry: string[];
  /** How far the agent has provably seen the board; null: it has not begun to read. */
  board: string | null;
  /** Absent: no signal was involved. */
  signals?: { alone: boolean; fates: SignalFate[] };
}
