/** Our version, and that of the claude that turns would run. */
import { join } from 'node:path';
import { rootPath } from '#blackboard/root.ts';
import { homeOrNone } from '#blackboard/system/home-directory.ts';
import { type ClaudeHere, findClaudeHere } from '#runner/claude/claude-here.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { packageVersion } from '#runner/version.ts';

export interface Versions {
  version: string;
  claude: ClaudeHere;
}

/** `root`: as it was named, or undefined; it need not be there. Never throws. */
export async function version(
  { env }: Pick<VerbContext, 'env'>,
  { root }: { root: string | undefined },
): Promise<Versions> {
  return { version: packageVersion(), claude: await findClaudeHere(placeOf(root, env), env) };
}

/** The version is printed without a home directory, too. */
function placeOf(root: string | undefined, env: NodeJS.ProcessEnv): string {
  try {
    return rootPath(root, env);
  } catch {
    return join(homeOrNone(env), '.agent-runner');
  }
}
