/**
 * git, run to its end: without its caller's GIT_* variables (a git hook would have it ask about another repository), and
 * so that no hook or monitor of the repository runs: what a repository runs by itself is not for us to start.
 */
import { limits } from '#blackboard/system/limits.ts';
import { programFault, runProgram } from '#blackboard/system/program.ts';

export interface GitPlace {
  /** An existing directory. */
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  timeoutMs?: number;
  /** Ends git at once. */
  signal?: AbortSignal | undefined;
}

/** What git printed; or, if it failed or is not there, why: one line, in its own words. */
export type GitAnswer = { text: string; problem: null } | { text: null; problem: string };

/** Never rejects. */
export async function git(
  { cwd, env, timeoutMs = limits.gitWorkMs, signal }: GitPlace,
  ...args: string[]
): Promise<GitAnswer> {
  const argv = ['git', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', ...args];
  const end = await runProgram({ argv, env: gitEnv(env), cwd, timeoutMs, ...(signal ? { signal } : {}) });
  const fault = programFault(end);
  if (end.kind !== 'not-started' && fault === null) return { text: end.stdout, problem: null };
  // Progress comes before the line that matters.
  const said = end.kind === 'not-started' ? null : /^(?:fatal|error): (.+)$/m.exec(end.stderr)?.[1];
  return { text: null, problem: said ?? fault ?? '' };
}

/** Plain English, asking nobody, writing nothing on the side. */
const gitEnv = (env: GitPlace['env']): Record<string, string | undefined> => ({
  ...Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('GIT_'))),
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
});
