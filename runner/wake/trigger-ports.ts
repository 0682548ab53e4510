/** What an agent's trigger needs. */

import type { AgentLayout } from '#blackboard/layout.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import type { Complain } from '#runner/events/complaints.ts';
import type { Intake } from '#runner/wake/intake.ts';

/** An agent that has triggers: its intake, and where it lies. */
export interface TriggerSite {
  layout: AgentLayout;
  intake: Intake;
}

export interface TriggerOptions {
  root: string;
  files: Files;
  clock: Clock;
  complain: Complain;
}
