/** Who speaks when a command is called: the agent whose turn this is, else the session it is called from, else the operator. */

import type { Files } from '#blackboard/system/files.ts';
import { callerOf } from '#runner/agents/caller.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The peer's name. Throws 77 where it is not proven (caller.ts). */
export async function authorOf(files: Files, root: string, env: Env): Promise<string> {
  return (await callerOf(files, root, env)).peer;
}
