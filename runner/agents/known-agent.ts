/** An agent that a command names: its layout, or an error that names the nearest one. */

import { type AgentLayout, agentLayout } from '#blackboard/layout.ts';
import { agentKind } from '#blackboard/peers/agent.ts';
import { findPeer, unknownPeer } from '#blackboard/peers/peers.ts';
import { noSuchError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';

/** Throws (66) for an unknown name; the operator is not an agent. */
export async function requireAgent(files: Files, root: string, name: string): Promise<AgentLayout> {
  const peer = await findPeer(files, root, name);
  if (peer?.kind === agentKind) return agentLayout(root, name);
  if (peer && !peer.kind.isPerson)
    throw noSuchError(
      `${JSON.stringify(name)} is a ${peer.kind.word}, and this is about agents`,
      `See: agent-runner status ${name}`,
    );
  throw await unknownPeer(files, root, name);
}
