/** The surroundings of every verb. The command line makes them for each call; a server makes them once. */
import { requireRoot, rootPath } from '#blackboard/root.ts';
import type { Files } from '#blackboard/system/files.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';

export interface VerbContext {
  /** The root's real path. It exists and is ours; `uncheckedContext` does not check that. */
  root: string;
  files: Files;
  /** The caller's environment: proves who speaks (`runner/agents/caller.ts`), names claude and the home directory. */
  env: NodeJS.ProcessEnv;
}

/** `root`: --root, or undefined. Throws 66 if there is no root yet, 77 if it is not to be trusted. */
export async function verbContext(root: string | undefined, env: NodeJS.ProcessEnv): Promise<VerbContext> {
  const path = rootPath(root, env);
  return { root: await requireRoot(path, path === rootPath(undefined, env)), files: createSyncFiles(), env };
}

/** For verbs that check the root themselves, or need none. Throws if there is no home directory to find it in. */
export const uncheckedContext = (root: string | undefined, env: NodeJS.ProcessEnv): VerbContext => ({
  root: rootPath(root, env),
  files: createSyncFiles(),
  env,
});
