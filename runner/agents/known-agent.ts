/** An agent that a command names: its layout, or an error that names the nearest one. */

import { type AgentLayout, agentLayout } from '#blackboard/layout.ts';
import { isAgent, unknownPeer } from '#blackboard/peers/peers.ts';
import { sessionNamed } from '#blackboard/peers/session-names.ts';
import { noSuchError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';

/** Throws (66) for an unknown name; the operator is not an agent. */
export async function requireAgent(files: Files, root: string, name: string): Promise<AgentLayout> {
  if (await isAgent(files, root, name)) return agentLayout(root, name);
  if ((await sessionNamed(files, root, name)) !== null)
    throw noSuchError(
      `${JSON.stringify(name)} is a session, and this is about agents`,
      `See: agent-runner status ${name}`,
    );
  throw await unknownPeer(files, root, name);
}
