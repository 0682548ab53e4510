/** Why nobody will work on an agent's messages now: for the sender of a new one. From a few files, quickly. */

import { isAgent } from '#blackboard/peers/peers.ts';
import type { Files } from '#blackboard/system/files.ts';
import { readBlocker, stateSource } from '#runner/status/agent-facts.ts';
import { headLine } from '#runner/text/printing.ts';

const SENTENCE_CHARS_MAX = 600;

/** One sentence with its fix, or null: somebody will, or it is not an agent. */
export async function whyUnattended(files: Files, root: string, name: string, nowMs: number): Promise<string | null> {
  if (!(await isAgent(files, root, name))) return null;
  const blocker = await readBlocker(stateSource(root, files, process.env, nowMs), name);
  return blocker && `${name} is ${headLine(blocker.sentence, SENTENCE_CHARS_MAX)}`;
}
