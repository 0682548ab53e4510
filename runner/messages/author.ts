/** Who speaks when a command is called: the agent whose turn this is, else the session it is called from, else the operator. */

import type { Files } from '../../blackboard/files.ts';
import { OPERATOR } from '../../blackboard/peers.ts';
import { sessionOf, turnOfRoot } from './sender.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The peer's name. A session that is not registered here counts as its person: the operator. */
export async function authorOf(files: Files, root: string, env: Env): Promise<string> {
  const turn = await turnOfRoot(root, env);
  return turn?.peer ?? (await sessionOf(files, root, env)) ?? OPERATOR;
}
