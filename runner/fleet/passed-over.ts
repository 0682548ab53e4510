/**
 * Agents that a runner passes over because somebody has switched them off: it names them to a person who may expect
 * work of them.
 */

import { listDrops, listTakenDrops } from '#blackboard/inbox/drops.ts';
import { agentLayout, type agentPlaces, type Inbox } from '#blackboard/layout.ts';
import { parseMessageName } from '#blackboard/messages/message-name.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import type { Files } from '#blackboard/system/files.ts';
import type { AgentRead, AgentReader } from '#runner/agents/agent-directory.ts';
import { blockerOf, definitionFacts, UNBLOCKED } from '#runner/status/blockers.ts';

/**
 * Name → why, in words for people. `asked`: the agents that were asked for by name; where none was, those in whose inbox
 * something waits.
 */
export async function passedOver(options: {
  files: Files;
  root: string;
  reader: AgentReader;
  asked: readonly string[];
}): Promise<Map<string, string>> {
  const { files, root, reader, asked } = options;
  const found = new Map<string, string>();
  for (const name of asked.length > 0 ? asked : await listAgents(files, root)) {
    const layout = agentLayout(root, name);
    const why = await whySwitchedOff(files, await reader.read(layout), layout);
    if (why !== null && (asked.length > 0 || (await hasWork(files, layout.inbox)))) found.set(name, why);
  }
  return found;
}

/** Whether a runner should have this agent: it is there, and nobody has switched it off. A broken one keeps its loop. */
export async function wantsRunner(files: Pick<Files, 'facts'>, reader: AgentReader, agent: Places): Promise<boolean> {
  const read = await reader.read(agent);
  return read.kind !== 'gone' && (await whySwitchedOff(files, read, agent)) === null;
}

type Places = ReturnType<typeof agentPlaces>;

async function whySwitchedOff(files: Pick<Files, 'facts'>, read: AgentRead, agent: Places): Promise<string | null> {
  const { definition } = definitionFacts(read, agent.definition);
  const isStopped = (await unlessDenied(files.facts(agent.stop), null)) !== null;
  return blockerOf({ ...UNBLOCKED, name: agent.name, definition, isStopped }, 0)?.sentence ?? null;
}

async function hasWork(files: Files, inbox: Inbox): Promise<boolean> {
  if ((await files.list(inbox.new)).some(name => parseMessageName(name) !== null)) return true;
  return (await listDrops(files, inbox)).length + (await listTakenDrops(files, inbox)).length > 0;
}
