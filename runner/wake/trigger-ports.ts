/** What a trigger of an agent's own needs. */
import type { Clock } from '../../blackboard/clock.ts';
import type { Files } from '../../blackboard/files.ts';
import type { AgentLayout } from '../../blackboard/layout.ts';
import type { Door } from '../../blackboard/wake/door.ts';

/** An agent that has triggers: its door, and where it lies. */
export interface TriggerSite {
  layout: AgentLayout;
  door: Door;
}

export interface TriggerOptions {
  root: string;
  files: Files;
  clock: Clock;
  complain(about: string, problem: string | null): void;
}
