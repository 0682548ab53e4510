/**
 * Starts agent-runner once more in a process that outlives the call it is made from: in a kernel session of its own, with none of its
 * descriptors. What it says first comes through a channel that is then closed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { notRunningError, RunnerError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';

/** What it says first: that it goes on, with a result, or why not. */
export type FirstWord<Result> = { queued: Result } | { refused: Refusal };

type Refusal = Pick<RunnerError, 'code' | 'message' | 'kind' | 'exit' | 'hint'>;

/** Throws as the process does, and 69 if it ends, or says nothing in time: it is ended then. */
export async function startApart<Result>(args: readonly string[]): Promise<Result> {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...args], {
    ...{ detached: true, cwd: '/', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
  });
  const signal = AbortSignal.timeout(limits.detachReadyMs);
  // Not its exit, which may be seen before a word that it left in the channel.
  const ended = once(child, 'disconnect', { signal }).then(async () => {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit', { signal });
    return `it ended with ${child.exitCode ?? child.signalCode}`;
  });
  const first = await Promise.race([
    once(child, 'message', { signal }).then(([word]) => word as FirstWord<Result>),
    ended,
  ]).catch(error => {
    child.kill('SIGKILL');
    return signal.aborted ? `it said nothing within ${limits.detachReadyMs / 1000} s` : String(error);
  });
  ended.catch(() => {});
  if (child.connected) child.disconnect();
  child.unref();
  if (typeof first === 'string') throw notRunningError(`the process that waits could not be started: ${first}`);
  if ('queued' in first) return first.queued;
  const { code, message, kind, exit, hint } = first.refused;
  throw new RunnerError(code, message, { kind, exit, hint });
}

/** In that process: says it, if anybody listens, and lets go. */
export async function sayFirst(word: FirstWord<unknown>): Promise<void> {
  if (!process.connected) return;
  await new Promise<void>(resolve => process.send!(word, () => resolve()));
  // An open channel would keep this process up.
  if (process.connected) process.disconnect();
}
