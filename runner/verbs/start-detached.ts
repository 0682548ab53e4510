/** Starts a runner in the background. Returns when it watches. */
import { rootLayout } from '#blackboard/layout.ts';
import type { Start } from '#runner/results/agents.ts';
import { startDetached as startInBackground } from '#runner/service/detach.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export interface DetachedOrder {
  /** None: all agents, and those that come. */
  names: readonly string[];
  quiet: boolean;
  /** Of the page; null: none is served. */
  pagePort: number | null;
  /** An absolute path; null: logs/runner.log in the root. */
  log: string | null;
  /** Ends the runner if it does not watch yet. */
  signal: AbortSignal;
}

export type StartedDetached =
  | { kind: 'watching'; started: Start }
  /** It ended before that, with this exit code and output. */
  | { kind: 'ended'; exit: number; said: string };

/** Throws 75 if it does not watch in time, or `signal` aborts first. */
export async function startDetached(
  { root }: Pick<VerbContext, 'root'>,
  { names, quiet, log, signal, pagePort }: DetachedOrder,
): Promise<StartedDetached> {
  const path = log ?? rootLayout(root).runnerLog;
  const page = pagePort === null ? [] : ['--dashboard', '--port', String(pagePort)];
  const args = ['--root', root, 'start', ...(quiet ? ['--quiet'] : []), ...page, ...names];
  const ended = await startInBackground(args, path, signal);
  return ended.kind === 'ended' ? ended : { kind: 'watching', started: { pid: ended.pid, root, log: path } };
}
