/** What an agent's loop needs from outside, named by use, so that a test can be all of it. */

import type { Sightings } from '#blackboard/inbox/stability.ts';
import type { AgentLayout, TurnLayout } from '#blackboard/layout.ts';
import type { MessageKind } from '#blackboard/messages/message.ts';
import type { SignalType } from '#blackboard/signals/signal.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import type { LeftDrop } from '#blackboard/system/one-entry.ts';
import type { ProcessIdentity } from '#blackboard/system/process-identity.ts';
import type { SessionOwner } from '#hooks/claude/session-registry.ts';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';
import type { QueueView } from '#runner/turn/queue-view.ts';
import type { ChildExit } from '#runner/turn/verdict.ts';

/** How the child of a turn is to be started. */
export interface ChildOrder {
  turn: TurnLayout;
  sessionId: string;
  resume: boolean;
  /** USD; what this run may cost at most. */
  maxBudgetUsd: number;
  /** Variables for the child and its hooks. */
  env: Record<string, string>;
  /** Signals of these types alone started the turn: it is restrained as agent.md says. */
  onlySignals?: readonly SignalType[];
}

export type Started =
  /** `exited`: how, where that can be told. `identity`: who was started, for the case that the turn's own record of it is gone. */
  | { kind: 'started'; exited: Promise<ChildExit | null>; identity?: ProcessIdentity | null }
  /** Not even the launcher could be started (cwd gone, no process slots). */
  | { kind: 'not-started'; reason: string; temporary: boolean };

/** A child that is made ready while the turn's records reach the disk. Nothing of it runs, and nothing is written, before start(). */
export interface ReadyChild extends Disposable {
  start(): Promise<Started>;
  /** Ends it, unless it was started. */
  [Symbol.dispose](): void;
}

/** The claude command line and what it leaves on disk. */
export interface Claude {
  /** Never throws: what goes wrong is told by start(). */
  prepare(order: ChildOrder): ReadyChild;
  /** Bytes of the session's transcript; null if claude knows no such session. */
  sessionBytes(sessionId: string): Promise<number | null>;
  /** The transcript from a byte on; empty if there is none. */
  readSession(sessionId: string, fromByte: number): Promise<string>;
  sessionOwner(sessionId: string): Promise<SessionOwner | null>;
  /** Whether the turn's child may still run. */
  isAlive(identity: ProcessIdentity, turn: TurnLayout): Promise<boolean>;
  /**
   * What a claude of this agent is made from, as it was when this port was first asked for it or made a child ready: the executable, agent.md
   * and the files that it names. Absent: nobody knows.
   */
  madeOf?(): string;
  /** The same as it is now. */
  madeOfNow?(): string;
  /** Ends what a turn left running whose child somebody else has killed; returns how many processes. Absent: there are none. */
  stopLeftovers?(turn: TurnLayout): Promise<number>;
}

/** One line for the people who run it; never part of the protocol. */
export type Log = (line: string) => void;

export interface AgentContext {
  root: string;
  layout: AgentLayout;
  definition: AgentDefinition;
  files: Files;
  clock: Clock;
  /** Kinds of messages that were read before, by id. A cache: messages never change. */
  knownKinds: Map<string, MessageKind>;
  /** Hops that a message of this agent's turns may have behind it. */
  maxHops: number;
  /** The names in new, across looks. Absent: they are listed at each. */
  queue?: QueueView;
  /** Where a look puts what it can neither read nor put aside, so that it is told of. Absent: nobody asks. */
  left?: LeftDrop[];
  /** Messages that could not be moved, across looks: they are not chosen again at once. */
  stuck?: Sightings;
  /** 0 <= x < 1. */
  random(): number;
  claude: Claude;
  /** Appends to the agent's transcript.log. */
  show(text: string): Promise<void>;
  log: Log;
  /** Takes one line about each turn that has ended. Absent: nobody wants to know. */
  sayTurn?: Log;
}
