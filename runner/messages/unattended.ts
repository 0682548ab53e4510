/** Why nobody is going to work on an agent's messages now: for whoever has just sent one. From a few files, quickly. */
import type { Files } from '../../blackboard/files.ts';
import { agentLayout, rootLayout } from '../../blackboard/layout.ts';
import { isAgent } from '../../blackboard/peers.ts';
import { readRecord } from '../../blackboard/record.ts';
import { liveRunner } from '../agent/agent-lock.ts';
import { readDefinition } from '../agent/read-definition.ts';
import { type Parked, settledBy } from '../gates/park.ts';
import { headLine } from '../terminal/printing.ts';

const REASON_CHARS_MAX = 300;

/** One sentence with what settles it, or null: somebody does, or it is no agent. */
export async function whyUnattended(files: Files, root: string, name: string, nowMs: number): Promise<string | null> {
  if (!(await isAgent(files, root, name))) return null;
  const layout = agentLayout(root, name);
  const there = async (path: string) => (await files.facts(path)) !== null;
  const read = await readDefinition(files, layout, process.env);
  if (read.kind === 'broken')
    return `${headLine(read.problem, REASON_CHARS_MAX)}; mend it with: agent-runner edit ${name}`;
  if (read.kind === 'usable' && !read.definition.enabled)
    return `${name} is switched off; to go on, take "enabled: false" out of its agent.md: agent-runner edit ${name}`;
  if (await there(layout.stop)) return `${name} is stopped; to go on: agent-runner resume ${name}`;
  if (!(await liveRunner(layout))) return `nobody runs ${name}: agent-runner start ${name}`;
  const parked = await readRecord<Parked>(files, layout.parked).catch(() => null);
  if (parked && (parked.untilMs ?? nowMs + 1) > nowMs)
    return `${name} is parked: ${headLine(parked.reason, REASON_CHARS_MAX)}; ${settledBy(parked, name)}`;
  if (await there(rootLayout(root).pause)) return 'all agents are paused; to go on: agent-runner resume';
  if (await there(layout.pause)) return `${name} is paused; to go on: agent-runner resume ${name}`;
  return null;
}
