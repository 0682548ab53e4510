/**
 * What a turn needs from claude: a run that is prepared and started, and what its session's files say. A port, which
 * tests implement too.
 */
import type { AgentLayout, TurnLayout } from '#blackboard/layout.ts';
import type { SignalType } from '#blackboard/signals/signal.ts';
import type { ProcessIdentity } from '#blackboard/system/process-identity.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';
import type { ContextUsage } from '#hooks/claude/control-answers.ts';
import type { SessionOwner } from '#hooks/claude/session-registry.ts';

/** How a run's process ended: one of the two is null. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** The part that a turn has in the output of a resident claude. */
export type ResidentPart = NonNullable<Intent['resident']>;

/** The turn for which a process is looked for. */
export interface ResidentWish {
  turn: number;
  sessionId: string;
  resume: boolean;
  /** USD that the turn may cost at most, and that are left of the day. */
  perTurnUsd: number;
  dayUsd: number;
  /** Its permissions are not those of every turn. */
  isRestricted: boolean;
  /** How full the conversation was after its last turn; absent: nobody has said. */
  context?: ContextUsage | undefined;
}

/** What is to be run. */
export interface RunOrder {
  turn: TurnLayout;
  sessionId: string;
  resume: boolean;
  /** The uuid of the prompt's line. */
  line: string;
  /** USD that this run may cost at most. */
  maxBudgetUsd: number;
  /** Variables for claude and its hooks. */
  env: Record<string, string>;
  /** Tokens that the model's context holds. Absent: claude has not said it in this session. */
  contextWindow?: number | undefined;
  /** The resident claude that takes it, as `residentFor` said. Absent: a process of its own. */
  resident?: ResidentPart;
  /** The call that the session holds: only a person's yes lets it run. */
  held?: Intent['held'];
  /** Only signals of these types started the turn: it is restricted as agent.md says. */
  onlySignals?: readonly SignalType[];
}

/** One turn that claude works on. Only the port knows which process does it, and whether that serves other turns too. */
export interface Run {
  /** That process; null: it is not known. */
  readonly identity: ProcessIdentity | null;
  /** Resolves when nobody works on the turn any more: how its process ended, if that is known. Never rejects. */
  readonly over: Promise<ChildExit | null>;
  /**
   * Ends the work, gently first. Resolves when it has ended. Writes nothing. Throws if the process is not known yet: try
   * again.
   */
  interrupt(): Promise<void>;
  /** Answers a control request of claude's. Absent: nobody here has its stdin. */
  answer?(requestId: string, response: object): void;
}

/** Answers one claude's messages to our MCP server, which lives in the runner. Disposed of with that claude. */
export interface ToolServer extends Disposable {
  /** `message`: JSON-RPC 2.0. The reply; null: it was a notification. */
  reply(message: Record<string, unknown>, turn: TurnLayout): Promise<object | null>;
  /** The turn is over: what it called waits no longer, because nobody would hear the reply. */
  endCalls(): void;
}

/** One for each claude. `cwd`: where it works; null: not there yet. */
export type ToolServerOf = (agent: { layout: AgentLayout; cwd(): Promise<string | null> }) => ToolServer;

export type Started =
  | { kind: 'started'; run: Run }
  /** Not even the launcher could be started (cwd gone, no process slots). */
  | { kind: 'not-started'; reason: string; temporary: boolean };

/**
 * A run that is prepared while the turn's records are being fsynced. Nothing of it runs, and nothing is written,
 * before start().
 */
export interface ReadyRun extends Disposable {
  start(): Promise<Started>;
  /** Ends it, unless it was started. */
  [Symbol.dispose](): void;
}

/** The claude command line and what it leaves on disk. */
export interface Claude {
  /** Never throws: start() reports errors. */
  prepare(order: RunOrder): ReadyRun;
  /** Bytes of the session's transcript; null if claude knows no such session. */
  sessionBytes(sessionId: string): Promise<number | null>;
  /** The transcript from this byte on; empty if there is none. */
  readSession(sessionId: string, fromByte: number): Promise<string>;
  sessionOwner(sessionId: string): Promise<SessionOwner | null>;
  /**
   * Which resident claude is to take the turn; null: it gets a process of its own. Ends the agent's resident first if
   * that may not take it. Absent: there are none. Never throws.
   */
  residentFor?(wish: ResidentWish): Promise<ResidentPart | null>;
  /** How full that conversation is, as its resident said after its last turn; null: nobody said. Absent: nobody ever does. */
  contextOf?(sessionId: string): ContextUsage | null;
  /** Ends a resident that another runner started, or that nobody holds any more. */
  endResident?(identity: ProcessIdentity): Promise<void>;
  /** Ends the agent's own resident: somebody else gets the session. */
  letGo?(): Promise<void>;
  /** The run of a turn that another process started. It also counts as over when `leave` aborts. */
  adopt(identity: ProcessIdentity, turn: TurnLayout, leave: AbortSignal): Run;
  /** Whether the turn's child may still run. */
  isAlive(identity: ProcessIdentity, turn: TurnLayout): Promise<boolean>;
  /**
   * What this agent's claude is made from, as it was when this port was made: the executable, agent.md and the files that
   * it names. Absent: unknown.
   */
  madeOf?(): string;
  /** The same as it is now. */
  madeOfNow?(): string;
  /** Whether the turn that this port has run showed that its claude says what becomes of a line. Absent: nobody asks. */
  learn?(tellsLines: boolean): void;
  /**
   * Whether the model gets a prompt as it is written, `@path` included. False while that is not known; `isWanted`: then
   * it is found out. Absent: it does not.
   */
  keepsPrompt?(isWanted: boolean): Promise<boolean>;
  /**
   * Ends what a turn left running when somebody else killed its child; returns how many processes. Absent: there are
   * none.
   */
  stopLeftovers?(turn: TurnLayout): Promise<number>;
}
