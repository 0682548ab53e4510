/** Says where our hooks are installed, whether claude would run them, and what failed last in one. */
import { rootLayout } from '#blackboard/layout.ts';
import { readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { findHooksHere } from '#runner/claude/hooks-here.ts';
import type { HooksStatus } from '#runner/results/board.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

const LOG_LINES = 3;

/** `cwd`: the project whose settings count, beside the user's own. */
export async function hooksStatus({ root, files, env }: VerbContext, { cwd }: { cwd: string }): Promise<HooksStatus> {
  const { installs, notAsked } = await findHooksHere(root, env, cwd);
  const logPath = rootLayout(root).hooksLog;
  const log = (await readText(files, logPath, 2 * limits.hookLogBytesMax)) ?? '';
  return { installs, notAsked, log: log.trimEnd().split('\n').filter(Boolean).slice(-LOG_LINES), logPath };
}
