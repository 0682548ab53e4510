/** An agent that a command names: its layout, or an error that names the nearest one. */
import { noSuchError } from '../../blackboard/errors.ts';
import type { Files } from '../../blackboard/files.ts';
import { type AgentLayout, agentLayout } from '../../blackboard/layout.ts';
import { isAgent, unknownPeer } from '../../blackboard/peers.ts';
import { sessionNamed } from '../../blackboard/session-names.ts';

/** Throws (66) for a name that no agent has; the operator is none. */
export async function requireAgent(files: Files, root: string, name: string): Promise<AgentLayout> {
  if (await isAgent(files, root, name)) return agentLayout(root, name);
  if ((await sessionNamed(files, root, name)) !== null)
    throw noSuchError(
      `${JSON.stringify(name)} is a session, and this is about agents`,
      `See: agent-runner status ${name}`,
    );
  throw await unknownPeer(files, root, name);
}
