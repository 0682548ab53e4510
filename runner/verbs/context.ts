/** What every verb needs of its surroundings. The command line makes it of flags and the environment; a server makes it once. */
import { requireRoot, rootPath } from '#blackboard/root.ts';
import type { Files } from '#blackboard/system/files.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';

export interface VerbContext {
  /** Real path of the root, checked: there, and nobody else's. Of `uncheckedContext`: the path alone. */
  root: string;
  files: Files;
  /** The caller's environment: proves who speaks (`runner/agents/caller.ts`), names claude and the home directory. */
  env: NodeJS.ProcessEnv;
}

/** `root`: as it was named, or undefined. Throws 66 where there is none yet, 77 where it is not to be trusted. */
export async function verbContext(root: string | undefined, env: NodeJS.ProcessEnv): Promise<VerbContext> {
  const path = rootPath(root, env);
  return { root: await requireRoot(path, path === rootPath(undefined, env)), files: createSyncFiles(), env };
}

/** For verbs that look at the root themselves, or do without one. Throws where nobody says which it is. */
export const uncheckedContext = (root: string | undefined, env: NodeJS.ProcessEnv): VerbContext => ({
  root: rootPath(root, env),
  files: createSyncFiles(),
  env,
});
