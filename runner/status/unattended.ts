/** Why nobody will work on a peer's messages now: for the sender of a new one. From a few files, quickly. */

import { findPeer } from '#blackboard/peers/peers.ts';
import type { Files } from '#blackboard/system/files.ts';
import { readBlocker, stateSource } from '#runner/status/agent-facts.ts';
import { headLine } from '#runner/text/printing.ts';

const SENTENCE_CHARS_MAX = 600;

/** By kind, what keeps a peer from its work. A kind that is not here has no runner to wait for. */
const BLOCKERS: Readonly<Record<string, typeof readBlocker>> = {
  agent: readBlocker,
};

/** One sentence with its fix, or null: somebody will, or nobody runs such peers. `priority`: the message's. */
export async function whyUnattended(
  files: Files,
  root: string,
  name: string,
  nowMs: number,
  env: NodeJS.ProcessEnv,
  priority?: string,
): Promise<string | null> {
  const peer = await findPeer(files, root, name);
  const read = peer && BLOCKERS[peer.kind.word];
  if (!read) return null;
  const blocker = await read(stateSource(root, files, env, nowMs), peer.name, priority);
  return blocker && `${peer.name} is ${headLine(blocker.sentence, SENTENCE_CHARS_MAX)}`;
}
