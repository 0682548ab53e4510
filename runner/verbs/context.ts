/** What every verb needs of its surroundings. The command line makes it of flags and the environment; a server makes it once. */
import { requireRoot, rootPath } from '#blackboard/root.ts';
import type { Files } from '#blackboard/system/files.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';

export interface VerbContext {
  /** Real path of the root, checked: there, and nobody else's. */
  root: string;
  files: Files;
  /** Of whoever calls: proves who speaks (`runner/agents/caller.ts`), names claude and the home directory. */
  env: NodeJS.ProcessEnv;
}

/** `root`: as it was named, or undefined. Throws 66 where there is none yet, 77 where it is not to be trusted. */
export async function verbContext(root: string | undefined, env: NodeJS.ProcessEnv): Promise<VerbContext> {
  return { root: await requireRoot(rootPath(root, env)), files: createSyncFiles(), env };
}
