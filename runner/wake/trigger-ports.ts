/** What a trigger of an agent's own needs. */
import type { Clock } from '../../blackboard/clock.ts';
import type { Files } from '../../blackboard/files.ts';
import type { AgentLayout } from '../../blackboard/layout.ts';
import type { Door } from '../../blackboard/wake/door.ts';
import type { AgentReader } from '../agent-directory.ts';

export interface TriggerOptions {
  files: Files;
  clock: Clock;
  reader: AgentReader;
  layout: AgentLayout;
  door: Door;
  complain(about: string, problem: string | null): void;
}
