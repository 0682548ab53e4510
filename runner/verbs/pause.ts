/**
 * Pauses an agent, or all of them, by a file `pause`. While the file exists no turn begins: the runner looks for it just
 * before it starts claude.
 */
import { rootLayout } from '#blackboard/layout.ts';
import { writeOnce } from '#blackboard/system/record.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import type { Pause } from '#runner/results/agents.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** `name` null: all agents. Throws 66 for an unknown agent. */
export async function pause({ files, root }: VerbContext, { name }: { name: string | null }): Promise<Pause> {
  const path = name === null ? rootLayout(root).pause : (await requireAgent(files, root, name)).pause;
  const already = (await writeOnce(files, path, `${new Date().toISOString()}\n`)) === 'exists';
  return { name, path, already };
}
