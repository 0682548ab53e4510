/** What an agent's loop needs from outside, named by use, so that a test can provide all of it. */

import type { Sightings } from '#blackboard/inbox/stability.ts';
import type { AgentLayout } from '#blackboard/layout.ts';
import type { Message, MessageKind } from '#blackboard/messages/message.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import type { LeftDrop } from '#blackboard/system/one-entry.ts';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';
import type { Claude } from '#runner/claude/port.ts';
import type { Emit } from '#runner/events/emit.ts';
import type { TraceMoney } from '#runner/turn/gates/trace-money.ts';

export interface AgentContext {
  root: string;
  layout: AgentLayout;
  definition: AgentDefinition;
  files: Files;
  clock: Clock;
  /** How many hops a message of this agent's turns may have. */
  maxHops: number;
  /** What the message's chain has cost and may cost; null, or no port: nothing bounds it. */
  traceMoney?(message: Pick<Message, 'trace' | 'budgetUsd'>): Promise<TraceMoney | null>;
  /** Collects what a look can neither read nor put aside, so that it is reported. Absent: not needed. */
  left?: LeftDrop[];
  /** Messages that could not be moved, kept across looks: they are not chosen again at once. */
  stuck?: Sightings;
  /** Of messages that wait with neither an end nor a question behind them, by their files' names: kept across looks. */
  kinds?: Map<string, MessageKind>;
  /** 0 <= x < 1. */
  random(): number;
  claude: Claude;
  /** Emits events, for files that people and programs follow. */
  emit: Emit;
}
