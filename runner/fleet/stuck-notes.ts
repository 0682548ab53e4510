/** Tells the operator what keeps an agent from its work until somebody mends it: each occasion once. */
import type { AgentLayout } from '#blackboard/layout.ts';
import { lifeOfInbox } from '#blackboard/peers/agent-life.ts';
import { noteId, tellOperator } from '#blackboard/peers/notes.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { Missing } from '#runner/agents/prerequisites.ts';

export interface StuckNotes {
  /** Its agent.md cannot be used: told once the file is stable, because somebody may still be writing it. */
  broken(layout: AgentLayout, problem: string): Promise<void>;
  /** Messages wait for what agent.md names and is not there; `turn`: the agent's last one, which makes the occasion. */
  missing(layout: AgentLayout, missing: Missing, turn: number): Promise<void>;
}

/** Of one process: what it has told it does not tell again, also when the note's id is long forgotten. */
export function createStuckNotes(options: { files: Files; root: string; clock: Clock }): StuckNotes {
  const { files, root, clock } = options;
  const told = new Set<string>();

  async function tell(layout: AgentLayout, occasion: readonly string[], stuck: Missing | string): Promise<void> {
    const key = ['stuck', layout.name, ...occasion];
    const id = noteId(OPERATOR, key, await lifeOfInbox(files, layout.inbox));
    if (told.has(id)) return;
    const { problem, remedy: mend } = typeof stuck === 'string' ? { problem: stuck, remedy: null } : stuck;
    await tellOperator({ files, root, clock, layout }, layout.inbox, key, { type: 'agent.stuck', problem, mend });
    told.add(id);
  }

  return {
    async broken(layout, problem) {
      const facts = await files.facts(layout.definition);
      if (facts === null || clock.nowMs() - facts.mtimeMs < limits.brokenRestMs) return;
      await tell(
        layout,
        // What a link leads to changes without a sign at the link.
        ['agent.md', String(Math.floor(facts.mtimeMs)), ...(facts.kind === 'link' ? [problem] : [])],
        problem,
      );
    },
    missing: (layout, missing, turn) => tell(layout, [missing.problem, String(turn)], missing),
  };
}
