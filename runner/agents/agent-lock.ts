/**
 * One runner per agent, with proper-lockfile. It can give one stale lock to two processes, so correctness never depends
 * on it (the election of turns does that); it keeps two runners out of each other's way.
 */
import { rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AgentLayout } from '#blackboard/layout.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { errnoOf, temporaryError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isElsewhere, isSelf, type ProcessIdentity, selfIdentity } from '#blackboard/system/process-identity.ts';
import { isRunnerAlive } from '#blackboard/system/process-mark.ts';
import { readRecord, replaceCopy } from '#blackboard/system/record.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { takenOverLater, whoRuns } from '#runner/text/who-runs.ts';

export interface RunnerRecord {
  identity: ProcessIdentity;
  startedAt: string;
  /** What prevents it from running the agent properly now. */
  problem?: string;
  /** It cannot run the agent at all while that lasts; absent: it can, but more slowly. */
  isHeldUp?: true;
  /** It waits while a session is lent to a person. Absent: of an earlier version, which would end that person's claude. */
  lends?: true;
}

/**
 * Takes the agent's lock; the returned function releases it. The lock of a provably dead owner is taken over at once.
 * Throws a temporary error (exit 75) with the owner's pid if the agent already runs.
 */
export async function lockAgent(
  files: Files,
  layout: AgentLayout,
  nowMs: number,
  onCompromised: (error: Error) => void,
): Promise<() => Promise<void>> {
  // Not at start-up: commands that only ask who runs an agent would load it, too.
  const { lock } = (await import('proper-lockfile')).default;
  const take = () =>
    lock(layout.home, {
      lockfilePath: layout.lock,
      realpath: false,
      stale: limits.lockStaleMs,
      update: limits.lockUpdateMs,
      onCompromised,
    });
  let release: () => Promise<void>;
  try {
    release = await take();
  } catch (error) {
    if (errnoOf(error) !== 'ELOCKED') throw error;
    const owner = await whoLocked(layout);
    // Ourselves: the lock was lost (the root was away) while this process lived.
    if (owner && !isSelf(owner.identity) && (await isAliveOwner(layout, owner))) throw alreadyRuns(layout, owner);
    await rm(layout.lock, { recursive: true, force: true });
    release = await take();
  }
  const record: RunnerRecord = { identity: selfIdentity(), startedAt: new Date(nowMs).toISOString(), lends: true };
  await replaceCopy(files, layout.runner, `${JSON.stringify(record)}\n`);
  return async () => {
    await files.remove(layout.runner);
    await release().catch(() => {});
  };
}

/**
 * A runner records who it is just after it has taken the lock. A record older than the lock is an earlier owner's; the
 * current owner's is waited for, for a moment.
 */
async function whoLocked(layout: AgentLayout): Promise<RunnerRecord | null> {
  const untilMs = systemClock.monotonicMs() + limits.lockWordsMs;
  for (;;) {
    // Stat before read: otherwise a record that was replaced in between would be judged by the newer file's age.
    const [lock, words] = await Promise.all([layout.lock, layout.runner].map(path => stat(path).catch(() => null)));
    const owner = await readRunner(layout);
    if (owner && (await isAliveOwner(layout, owner))) return owner;
    const isItsOwn = owner && lock && words && words.mtimeMs >= lock.birthtimeMs;
    if (!lock || isItsOwn || systemClock.monotonicMs() > untilMs) return owner;
    await systemClock.sleep(limits.lockWordsLookMs);
  }
}

/**
 * Records in runner.json what is wrong with the runner (null: nothing), and whether that holds it up. Writes nothing if
 * it says so already, or is not ours.
 */
export async function noteProblem(
  files: Files,
  layout: AgentLayout,
  problem: string | null,
  isHeldUp = false,
): Promise<void> {
  const record = await readRecord<RunnerRecord>(files, layout.runner);
  if (!record || !isSelf(record.identity) || (record.problem ?? null) === problem) return;
  const { problem: _problem, isHeldUp: _isHeldUp, ...always } = record;
  await replaceCopy(
    files,
    layout.runner,
    `${JSON.stringify({ ...always, ...(problem === null ? {} : { problem }), ...(isHeldUp ? { isHeldUp } : {}) })}\n`,
  );
}

export const alreadyRuns = (layout: AgentLayout, owner: RunnerRecord) =>
  temporaryError(
    `agent "${layout.name}" already runs: ${whoRuns(owner)}`,
    `Stop it first: agent-runner stop ${layout.name}${isElsewhere(owner.identity) ? `. ${takenOverLater}` : ''}`,
  );

/** Who runs the agent according to its runner.json, dead or alive; null if there is none. */
export const readRunner = (layout: AgentLayout): Promise<RunnerRecord | null> =>
  readRecord<RunnerRecord>(createSyncFiles(), layout.runner).catch(() => null);

/** Who runs the agent now, or null. */
export async function liveRunner(layout: AgentLayout): Promise<RunnerRecord | null> {
  const record = await readRunner(layout);
  return record && (await isAliveOwner(layout, record)) ? record : null;
}

/** In another container it counts as alive as long as it refreshes its mark in runners/. */
const isAliveOwner = ({ home }: AgentLayout, { identity }: RunnerRecord): Promise<boolean> =>
  isRunnerAlive(dirname(dirname(home)), identity);
