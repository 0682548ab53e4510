/** An agent that a command names: its layout, or an error that names the nearest one. */
import type { Files } from '../../blackboard/files.ts';
import { type AgentLayout, agentLayout } from '../../blackboard/layout.ts';
import { isAgent, unknownPeer } from '../../blackboard/peers.ts';

/** Throws (66) for a name that no agent has; the operator is none. */
export async function requireAgent(files: Files, root: string, name: string): Promise<AgentLayout> {
  if (await isAgent(files, root, name)) return agentLayout(root, name);
  throw await unknownPeer(files, root, name);
}
