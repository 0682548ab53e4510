/** What a person has switched off, from files in the root and in the agent's directory. */

import { type AgentLayout, rootLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import type { BlockingFacts } from '#runner/status/blockers.ts';

export type Switches = Pick<BlockingFacts, 'isStopped' | 'pausedBy'>;

export async function readSwitches(files: Pick<Files, 'facts'>, root: string, layout: AgentLayout): Promise<Switches> {
  const paths = [rootLayout(root).pause, layout.pause, layout.stop];
  const [all, one, stop] = await Promise.all(paths.map(path => files.facts(path)));
  return { isStopped: stop !== null, pausedBy: all ? 'root' : one ? 'agent' : null };
}
