/** What an agent's loop needs from outside, named by use, so that a test can be all of it. */

import type { Sightings } from '#blackboard/inbox/stability.ts';
import type { AgentLayout } from '#blackboard/layout.ts';
import type { MessageKind } from '#blackboard/messages/message.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import type { LeftDrop } from '#blackboard/system/one-entry.ts';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';
import type { Claude } from '#runner/claude/port.ts';
import type { Emit } from '#runner/events/emit.ts';
import type { QueueView } from '#runner/turn/queue-view.ts';

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
  /** Tells what has happened, to files that people and programs follow. */
  emit: Emit;
  /** Any sentence for those who run it, as an event. */
  log(line: string): void;
}
