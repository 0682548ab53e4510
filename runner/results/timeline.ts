/** What the verbs of the timeline return: served to the page, printed by no command. Types alone. */

export interface TurnSpan {
  turn: number;
  at: string;
  /** null: it runs, or nothing tells how it ended. */
  endedAt: string | null;
  verdict: string | null;
  costUsd: number;
}

export interface Timeline {
  /** The instant at which it ends. */
  at: string;
  /** By name; those that had a turn, wrote or were written to. */
  lanes: { peer: string; turns: TurnSpan[] }[];
  /** Each when it lay in its inbox, the oldest first. */
  messages: { id: string; from: string; to: string; at: string }[];
}

export interface ScheduleRow {
  agent: string;
  /** As agent.md says it. */
  when: string;
  lastAt: string | null;
  /** null: never, as of 30 February. */
  nextAt: string | null;
}
