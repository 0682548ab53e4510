/** The gate for low-priority work: it waits while a window of the plan is fuller than config.yaml's `pace` allows. */
import { fullWindow, readPlan } from '#runner/claude/plan.ts';
import { paceBlocker } from '#runner/status/blockers.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import { type Hold, holdBy } from '#runner/turn/gates/gates.ts';

/** null: it may go on. `part`: of a window; undefined: there is no such limit. */
export async function paceHold(
  { files, root, clock }: Pick<AgentContext, 'files' | 'root' | 'clock'>,
  part: number | undefined,
): Promise<Hold | null> {
  if (part === undefined) return null;
  const nowMs = clock.nowMs();
  const full = fullWindow(await readPlan(files, root, nowMs), part);
  return full && holdBy(paceBlocker(full, part, nowMs));
}
